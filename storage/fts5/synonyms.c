//go:build cgo

/* The tokenizer unicode61 for queries that know several spellings of a word: where a query has "strasse\ue002straße", each stands at
** the same place, as FTS5's colocated tokens. Everything else, above all what is stored, is left to FTS5's own unicode61, so that
** indexes are the same whoever writes them.
*/
#include <string.h>
#include "sqlite3ext.h"

static const sqlite3_api_routines *sqlite3_api; /* not the one of fts5.c, which may not be there */

#define separator "\xee\x80\x82" /* U+E002, a letter to unicode61 */
#define separatorSize 3

struct module { /* FTS5's own */
	fts5_tokenizer own;
	void *context;
};

struct tokenizer {
	struct module *module;
	Fts5Tokenizer *own;
};

static int create(void *context, const char **args, int count, Fts5Tokenizer **out) {
	struct module *m = context;
	struct tokenizer *t = sqlite3_malloc64(sizeof(*t));
	int rc;
	if (!t) return SQLITE_NOMEM;
	t->module = m;
	rc = m->own.xCreate(m->context, args, count, &t->own);
	if (rc != SQLITE_OK) {
		sqlite3_free(t);
		t = 0;
	}
	*out = (Fts5Tokenizer *)t;
	return rc;
}

static void delete(Fts5Tokenizer *p) {
	struct tokenizer *t = (struct tokenizer *)p;
	t->module->own.xDelete(t->own);
	sqlite3_free(t);
}

struct receiver {
	void *context;
	int (*token)(void *, int, const char *, int, int, int);
};

/* spellings passes each spelling on as a token, all but the first at the place of the one before. */
static int spellings(void *context, int flags, const char *text, int size, int start, int end) {
	struct receiver *to = context;
	int rc = SQLITE_OK, from = 0, i;
	for (i = 0; rc == SQLITE_OK && i <= size; i++) {
		if (i < size && (i + separatorSize > size || memcmp(text + i, separator, separatorSize) != 0)) continue;
		if (i > from) {
			rc = to->token(to->context, flags, text + from, i - from, start, end);
			flags |= FTS5_TOKEN_COLOCATED;
		}
		from = i + separatorSize;
		i = from - 1;
	}
	return rc;
}

static int tokenize(Fts5Tokenizer *p, void *context, int flags, const char *text, int size, int (*token)(void *, int, const char *, int, int, int)) {
	struct tokenizer *t = (struct tokenizer *)p;
	struct receiver to = {context, token};
	if (!(flags & FTS5_TOKENIZE_QUERY)) return t->module->own.xTokenize(t->own, context, flags, text, size, token);
	return t->module->own.xTokenize(t->own, &to, flags, text, size, spellings);
}

/* newsmill_synonyms puts the tokenizer before FTS5's own. */
int newsmill_synonyms(fts5_api *fts, const sqlite3_api_routines *api) {
	fts5_tokenizer ours = {create, delete, tokenize};
	struct module *m;
	int rc;
	sqlite3_api = api;
	m = sqlite3_malloc64(sizeof(*m));
	if (!m) return SQLITE_NOMEM;
	rc = fts->xFindTokenizer(fts, "unicode61", &m->context, &m->own);
	if (rc != SQLITE_OK) {
		sqlite3_free(m);
		return rc;
	}
	return fts->xCreateTokenizer(fts, "unicode61", m, &ours, sqlite3_free);
}
