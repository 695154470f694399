"""Stage three: keywords, entities, topics, hashtags."""
