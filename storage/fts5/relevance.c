//go:build cgo

/* relevance(table, shares, weight, weight, ...): the rank of a row, less is better, as bm25() but for how it finds out
** how rare a phrase is. bm25() looks for all rows that have it, which for a phrase of common words or for a prefix takes
** most of a second in half a million articles, however few of them are ranked. Here a single word is counted up to
** maxCounted rows, and the rest estimated by how far that came; anything else counts as fairly rare.
**
** shares has a character for each phrase of the query, in its order: '1' counts it, '0' doesn't. The weights are of the
** columns, as in bm25().
*/
#include <string.h>
#include <math.h>
#include "sqlite3ext.h"

static const sqlite3_api_routines *sqlite3_api; /* not the one of fts5.c, which may not be there */

#define maxCounted 2000
#define uncountedShare 0.01
#define k1 1.2
#define b 0.75

struct counted {
	sqlite3_int64 rows;
	sqlite3_int64 last; /* rowid */
};

static int countRow(const Fts5ExtensionApi *api, Fts5Context *fts, void *p) {
	struct counted *c = p;
	c->last = api->xRowid(fts);
	return ++c->rows < maxCounted ? SQLITE_OK : SQLITE_DONE;
}

struct rarity {
	double averageSize;
	double idf[1]; /* of each phrase */
};

static int rarityOf(const Fts5ExtensionApi *api, Fts5Context *fts, const char *shares, struct rarity **out) {
	int phrases = api->xPhraseCount(fts), rc = SQLITE_OK, i;
	struct rarity *r = api->xGetAuxdata(fts, 0);
	sqlite3_int64 rows = 0, tokens = 0, here = api->xRowid(fts);
	*out = r;
	if (r) return SQLITE_OK;
	r = sqlite3_malloc64(sizeof(*r) + phrases * sizeof(double));
	if (!r) return SQLITE_NOMEM;
	rc = api->xRowCount(fts, &rows);
	if (rc == SQLITE_OK) rc = api->xColumnTotalSize(fts, -1, &tokens);
	r->averageSize = rows > 0 && tokens > 0 ? (double)tokens / rows : 1;
	for (i = 0; rc == SQLITE_OK && i < phrases; i++) {
		double n = rows * uncountedShare;
		if (i < (int)strlen(shares) && shares[i] == '1') {
			struct counted c = {0, 0};
			rc = api->xQueryPhrase(fts, i, &c, countRow);
			n = c.rows;
			/* The first row that is ranked is the newest that was found: about the greatest rowid of all. */
			if (c.rows >= maxCounted && c.last > 0 && here > c.last) n = n * here / c.last;
		}
		r->idf[i] = log((rows - n + 0.5) / (n + 0.5));
		if (!(r->idf[i] > 1e-6)) r->idf[i] = 1e-6;
	}
	if (rc == SQLITE_OK) rc = api->xSetAuxdata(fts, r, sqlite3_free);
	else sqlite3_free(r);
	*out = r;
	return rc;
}

static void relevance(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *ctx, int args, sqlite3_value **arg) {
	const char *shares = args > 0 ? (const char *)sqlite3_value_text(arg[0]) : 0;
	int phrases = api->xPhraseCount(fts), instances = 0, size = 0, rc, i;
	struct rarity *r = 0;
	double score = 0, *frequency;
	if (!shares) shares = "";
	frequency = sqlite3_malloc64((phrases + 1) * sizeof(double));
	if (!frequency) {
		sqlite3_result_error_nomem(ctx);
		return;
	}
	memset(frequency, 0, (phrases + 1) * sizeof(double));
	rc = rarityOf(api, fts, shares, &r);
	if (rc == SQLITE_OK) rc = api->xInstCount(fts, &instances);
	for (i = 0; rc == SQLITE_OK && i < instances; i++) {
		int phrase, column, offset;
		rc = api->xInst(fts, i, &phrase, &column, &offset);
		if (rc == SQLITE_OK) frequency[phrase] += column + 1 < args ? sqlite3_value_double(arg[column + 1]) : 1.0;
	}
	if (rc == SQLITE_OK) rc = api->xColumnSize(fts, -1, &size);
	if (rc == SQLITE_OK) {
		for (i = 0; i < phrases; i++)
			score += r->idf[i] * frequency[i] * (k1 + 1) / (frequency[i] + k1 * (1 - b + b * size / r->averageSize));
		sqlite3_result_double(ctx, -score);
	} else {
		sqlite3_result_error_code(ctx, rc);
	}
	sqlite3_free(frequency);
}

int newsmill_synonyms(fts5_api *fts, const sqlite3_api_routines *api); /* synonyms.c */

/* newsmill_relevance_init is an extension that every new connection loads, after FTS5. */
int newsmill_relevance_init(sqlite3 *db, char **message, const sqlite3_api_routines *api) {
	fts5_api *fts = 0;
	sqlite3_stmt *stmt = 0;
	int rc;
	(void)message;
	sqlite3_api = api;
	/* The connection is being opened, and has no timeout yet: another one that recovers the log must not make it fail. The
	** driver sets its own afterwards. */
	sqlite3_busy_timeout(db, 10000);
	rc = sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &stmt, 0);
	if (rc == SQLITE_OK) rc = sqlite3_bind_pointer(stmt, 1, &fts, "fts5_api_ptr", 0);
	if (rc == SQLITE_OK) sqlite3_step(stmt);
	if (rc == SQLITE_OK) rc = sqlite3_finalize(stmt);
	else sqlite3_finalize(stmt);
	if (rc == SQLITE_OK && fts) rc = fts->xCreateFunction(fts, "relevance", 0, relevance, 0);
	if (rc == SQLITE_OK && fts) rc = newsmill_synonyms(fts, api);
	return rc;
}
