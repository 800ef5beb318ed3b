/* Domain-free helpers: an arena that owns everything a run allocates, growing
 * arrays, string buffers, interned names and bit sets. Running out of memory ends
 * the process: a compiler has nothing better to do. */
#ifndef ASYNCC_UTIL_H
#define ASYNCC_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline long long align_up(long long offset, long long align)
{
	return align > 1 ? (offset + align - 1) / align * align : offset;
}

struct arena {
	struct arena_block *blocks;
	char *next, *end;
};

void *arena_alloc(struct arena *arena, size_t size);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void arena_free(struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

/* A growing array in an arena: VEC(int) list; *vec_push(arena, &list) = 3; */
#define VEC(type)                                                                                  \
	struct {                                                                                   \
		type *at;                                                                          \
		size_t len, cap;                                                                   \
	}

void *vec_grow(struct arena *arena, void *at, size_t len, size_t *cap, size_t size);

#define vec_push(arena, vec)                                                                       \
	((vec)->at = vec_grow((arena), (vec)->at, (vec)->len, &(vec)->cap, sizeof *(vec)->at),     \
	 &(vec)->at[(vec)->len++])

/* A growing text; at is NUL-terminated once something was added. */
struct buffer {
	struct arena *arena;
	char *at;
	size_t len, cap;
};

void buffer_add(struct buffer *buffer, const char *text, size_t len);
void buffer_puts(struct buffer *buffer, const char *text);
void buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Names numbered from 0 in order of first sight. */
struct names {
	struct arena *arena;
	VEC(const char *) text;
	uint32_t *slots; /* hash table of number + 1 */
	size_t slot_count;
};

uint32_t names_intern(struct names *names, const char *text, size_t len);

struct bits {
	uint64_t *words;
	size_t word_count;
};

struct bits bits_new(struct arena *arena, size_t count);
bool bits_get(struct bits bits, size_t i);
void bits_set(struct bits bits, size_t i);
void bits_clear(struct bits bits, size_t i);
/* target |= source; true when target changed. */
bool bits_join(struct bits target, struct bits source);

#endif
