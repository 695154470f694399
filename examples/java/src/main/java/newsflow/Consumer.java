package newsflow;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import newsflow.events.EnrichedArticle;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A consumer of newsflow's enriched articles: prints one line an event, for ever.
 *
 * <pre>
 * mvn -q compile dependency:copy-dependencies
 * java -cp 'target/classes:target/dependency/*' newsflow.Consumer [GROUP [LIMIT]]
 * </pre>
 *
 * The broker is that of KAFKA_BOOTSTRAP. What a consumer must do stands in ../README.md.
 */
public final class Consumer {
    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES); // v1 may gain fields

    /**
     * What is known of an article: in earnest, its row in your database.
     *
     * @param id the same whenever the same event is written again (ce_id)
     * @param ingestedAt when the raw page reached Kafka: events of an article are ordered by it
     */
    private record Told(String id, long ingestedAt) {}

    private final Map<String, Told> known = new HashMap<>();

    public static void main(String[] arguments) throws IOException {
        var group = arguments.length > 0 ? arguments[0] : "newsflow-consumer-java";
        var limit = arguments.length > 1 ? Integer.parseInt(arguments[1]) : Integer.MAX_VALUE;
        var environment = System.getenv();
        var topic = environment.getOrDefault("NEWSFLOW_TOPIC_PREFIX", "") + "news.article.enriched.v1";
        var properties = new Properties();
        properties.put(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, environment.getOrDefault("KAFKA_BOOTSTRAP", "127.0.0.1:9092"));
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed"); // else aborted batches are read, too
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false); // but once a batch has been dealt with
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
        properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);

        try (var client = new KafkaConsumer<String, byte[]>(properties)) {
            stopOnSignal(client);
            client.subscribe(List.of(topic));
            var consumer = new Consumer();
            for (var count = 0; count < limit; ) {
                for (var record : client.poll(Duration.ofSeconds(1))) {
                    count += consumer.handle(record) ? 1 : 0;
                }
                client.commitSync();
            }
        } catch (WakeupException stopped) {
            // close() has left the group
        }
    }

    /** Deals with one event; tells whether that was news. */
    private boolean handle(ConsumerRecord<String, byte[]> record) throws IOException {
        var event = new Told(header(record, "ce_id"), Long.parseLong(header(record, "news_ingested_at")));
        var before = known.get(record.key());
        if (before != null && (before.id().equals(event.id()) || event.ingestedAt() < before.ingestedAt())) {
            return false;
        }
        known.put(record.key(), event);
        if (record.value() == null) { // a tombstone: remembered, so that no older event brings the article back
            System.out.printf("%s taken down: %s%n", record.key(), header(record, "news_reason"));
            return true;
        }
        var article = JSON.readValue(record.value(), EnrichedArticle.class);
        for (var replaced : article.getSupersedes()) {
            known.put(replaced, new Told("", event.ingestedAt()));
        }
        var title = article.getTitle() == null ? "(no title)" : article.getTitle();
        System.out.printf("%s revision %d: %s%n", record.key(), article.getRevision(), title);
        return true;
    }

    private static String header(ConsumerRecord<String, byte[]> record, String name) {
        var header = record.headers().lastHeader(name);
        return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }

    private static void stopOnSignal(KafkaConsumer<?, ?> client) {
        var main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            client.wakeup();
            try {
                main.join(Duration.ofSeconds(10).toMillis());
            } catch (InterruptedException ignored) {
                Thread.currentThread().interrupt();
            }
        }));
    }
}
