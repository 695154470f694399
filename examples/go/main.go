// A consumer of newsflow's enriched articles: prints one line an event, for ever.
//
//	go run . [GROUP [LIMIT]]
//
// The broker is that of KAFKA_BOOTSTRAP. What a consumer must do stands in ../README.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kgo"

	"newsflow.example/consumer/news"
)

// told is what is known of an article: in earnest, its row in your database.
type told struct {
	id         string // ce_id: the same whenever the same event is written again
	ingestedAt int64  // when the raw page reached Kafka: events of an article are ordered by it
}

type consumer struct{ known map[string]told }

func main() {
	group, limit := argument(1, "newsflow-consumer-go"), 0
	limit, _ = strconv.Atoi(argument(2, "0"))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(variable("KAFKA_BOOTSTRAP", "127.0.0.1:9092"), ",")...),
		kgo.ConsumeTopics(os.Getenv("NEWSFLOW_TOPIC_PREFIX")+"news.article.enriched.v1"),
		kgo.ConsumerGroup(group),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), // else aborted batches are read, too
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.AutoCommitMarks(), // an offset is committed once its event has been dealt with
		kgo.BlockRebalanceOnPoll(),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseAllowingRebalance()

	seen := consumer{known: map[string]told{}}
	for count := 0; ; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); errors.Is(err, context.Canceled) {
			break
		}
		fetches.EachError(func(_ string, _ int32, err error) { log.Fatal(err) })
		for _, record := range fetches.Records() {
			news, err := seen.handle(record)
			if err != nil {
				log.Fatalf("%s/%d/%d: %v", record.Topic, record.Partition, record.Offset, err)
			}
			client.MarkCommitRecords(record)
			if news {
				count++
			}
			if count == limit && limit > 0 {
				commit(client)
				return
			}
		}
		client.AllowRebalance()
	}
	commit(client)
}

// handle deals with one event; it tells whether that was news.
func (c *consumer) handle(record *kgo.Record) (bool, error) {
	id, event := string(record.Key), told{id: header(record, "ce_id")}
	event.ingestedAt, _ = strconv.ParseInt(header(record, "news_ingested_at"), 10, 64)
	if known, found := c.known[id]; found && (known.id == event.id || event.ingestedAt < known.ingestedAt) {
		return false, nil
	}
	c.known[id] = event
	if record.Value == nil { // a tombstone: remembered, so that no older event brings the article back
		fmt.Printf("%s taken down: %s\n", id, header(record, "news_reason"))
		return true, nil
	}
	var article news.EnrichedArticle
	if err := json.Unmarshal(record.Value, &article); err != nil {
		return false, err
	}
	for _, replaced := range article.Supersedes {
		c.known[replaced] = told{ingestedAt: event.ingestedAt}
	}
	title := "(no title)"
	if article.Title != nil {
		title = *article.Title
	}
	fmt.Printf("%s revision %d: %s\n", id, article.Revision, title)
	return true, nil
}

func commit(client *kgo.Client) {
	if err := client.CommitMarkedOffsets(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func header(record *kgo.Record, name string) string {
	for _, header := range record.Headers {
		if header.Key == name {
			return string(header.Value)
		}
	}
	return ""
}

func argument(number int, otherwise string) string {
	if len(os.Args) > number {
		return os.Args[number]
	}
	return otherwise
}

func variable(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
