// A consumer of newsflow's enriched articles: prints one line an event, for ever.
//
//     node consumer.js [GROUP [LIMIT]]
//
// The broker is that of KAFKA_BOOTSTRAP. What a consumer must do stands in ../README.md.
import { Kafka, logLevel } from "kafkajs";

/** @typedef {import("./news.d.ts").EnrichedArticle} EnrichedArticle */

const [group = "newsflow-consumer-javascript", limit = "Infinity"] = process.argv.slice(2);
const topic = `${process.env.NEWSFLOW_TOPIC_PREFIX ?? ""}news.article.enriched.v1`;

/**
 * What is known of an article: in earnest, its row in your database.
 * `id` is the same whenever the same event is written again; events of an article are ordered by `ingestedAt`.
 * @type {Map<string, {id: string, ingestedAt: number}>}
 */
const known = new Map();

/**
 * Deal with one event, and tell whether it was news.
 * @param {import("kafkajs").KafkaMessage} message
 */
function handle({ key, value, headers = {} }) {
  const articleId = String(key);
  const event = { id: String(headers.ce_id ?? ""), ingestedAt: Number(headers.news_ingested_at ?? 0) };
  const before = known.get(articleId);
  if (before && (before.id === event.id || event.ingestedAt < before.ingestedAt)) return false;
  known.set(articleId, event);
  if (value === null) {
    // A tombstone: remembered, so that no older event brings the article back.
    console.log(`${articleId} taken down: ${headers.news_reason}`);
    return true;
  }
  /** @type {EnrichedArticle} */
  const article = JSON.parse(value.toString());
  for (const replaced of article.supersedes) known.set(replaced, { id: "", ingestedAt: event.ingestedAt });
  console.log(`${articleId} revision ${article.revision}: ${article.title ?? "(no title)"}`);
  return true;
}

const kafka = new Kafka({
  brokers: (process.env.KAFKA_BOOTSTRAP ?? "127.0.0.1:9092").split(","),
  logLevel: logLevel.ERROR,
});
// read_committed is kafkajs's default; said here, for without it aborted batches are read, too.
const consumer = kafka.consumer({ groupId: group, readUncommitted: false });

const done = new Promise((resolve) => {
  let left = Number(limit);
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    console.error(payload.error.message);
    process.exitCode = 1;
    resolve();
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, resolve);
  consumer
    .connect()
    .then(() => consumer.subscribe({ topic, fromBeginning: true }))
    .then(() =>
      consumer.run({
        // The offset of an event is committed once it has been dealt with.
        eachMessage: async ({ message }) => {
          if (left > 0 && handle(message)) left -= 1;
          if (left === 0) resolve();
        },
      }),
    )
    .catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
      resolve();
    });
});
await done;
await consumer.disconnect(); // commits what was dealt with, and leaves the group
