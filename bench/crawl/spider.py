"""Fetches a list of addresses and stores the text of their paragraphs in SQLite: the least a Scrapy user writes.

scrapy runspider spider.py -a urls=FILE -a db=FILE -a proxy=http://HOST:PORT
"""

import sqlite3

import scrapy


class Pages(scrapy.Spider):
    name = "pages"
    custom_settings = {
        "CONCURRENT_REQUESTS": 32,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0,
        "LOG_LEVEL": "ERROR",
        "ROBOTSTXT_OBEY": False,
        "TELNETCONSOLE_ENABLED": False,
    }

    def __init__(self, urls, db, proxy, **kwargs):
        super().__init__(**kwargs)
        self.urls, self.proxy = urls, proxy
        self.db = sqlite3.connect(db)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("CREATE TABLE pages (url TEXT PRIMARY KEY, text TEXT NOT NULL)")
        self.stored = 0

    def start_requests(self):
        with open(self.urls) as urls:
            for url in urls:
                yield scrapy.Request(url.strip(), meta={"proxy": self.proxy})

    def parse(self, response):
        text = "\n".join("".join(p.css("::text").getall()) for p in response.css("p"))
        self.db.execute("INSERT INTO pages VALUES (?, ?)", (response.url, text))
        self.stored += 1
        if self.stored % 100 == 0:
            self.db.commit()

    def closed(self, reason):
        self.db.commit()
        self.db.close()
