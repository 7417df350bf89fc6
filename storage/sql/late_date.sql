-- ?1 url ?2 the date that a feed gives it, as it is stored: for an article that came before its feed
UPDATE articles SET published_at = ?2, evidence = json_set(evidence, '$.published_at', 'feed')
WHERE id IN (SELECT article_id FROM article_urls WHERE url = ?1) AND published_at IS NULL AND julianday(?2) < julianday(fetched_at) + 1
