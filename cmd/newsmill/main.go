// Command newsmill crawls news sites, strips everything that is not the article, and keeps clean articles in a
// SQLite file that people query.
package main

func main() {}
