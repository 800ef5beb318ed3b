/* See util.h. */
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024, ALIGNMENT = 16 };

struct arena_block {
	struct arena_block *next;
	_Alignas(ALIGNMENT) char data[];
};

static void out_of_memory(void)
{
	fputs("asyncc: out of memory\n", stderr);
	exit(1);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (size > (size_t)(arena->end - arena->next)) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
		struct arena_block *block = malloc(sizeof *block + room);
		if (!block)
			out_of_memory();
		block->next = arena->blocks;
		arena->blocks = block;
		arena->next = block->data;
		arena->end = block->data + room;
	}
	void *result = arena->next;
	arena->next += size;
	return memset(result, 0, size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);
	memcpy(copy, text, len);
	return copy;
}

static char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, format, args);
	char *text = arena_alloc(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

void arena_free(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *next = arena->blocks->next;
		free(arena->blocks);
		arena->blocks = next;
	}
	arena->next = arena->end = NULL;
}

void *vec_grow(struct arena *arena, void *at, size_t len, size_t *cap, size_t size)
{
	if (len < *cap)
		return at;
	*cap = *cap ? *cap * 2 : 8;
	void *bigger = arena_alloc(arena, *cap * size);
	if (len)
		memcpy(bigger, at, len * size);
	return bigger;
}

void buffer_add(struct buffer *buffer, const char *text, size_t len)
{
	if (buffer->len + len + 1 > buffer->cap) {
		size_t cap = buffer->cap ? buffer->cap : 256;
		while (cap < buffer->len + len + 1)
			cap *= 2;
		char *bigger = arena_alloc(buffer->arena, cap);
		if (buffer->len)
			memcpy(bigger, buffer->at, buffer->len);
		buffer->at = bigger;
		buffer->cap = cap;
	}
	memcpy(buffer->at + buffer->len, text, len);
	buffer->len += len;
	buffer->at[buffer->len] = 0;
}

void buffer_puts(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	buffer_puts(buffer, arena_vprintf(buffer->arena, format, args));
	va_end(args);
}

static uint32_t hash(const char *text, size_t len)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619u;
	return h;
}

static void names_rehash(struct names *names)
{
	names->slot_count = names->slot_count ? names->slot_count * 2 : 1024;
	names->slots = arena_alloc(names->arena, names->slot_count * sizeof *names->slots);
	for (uint32_t n = 0; n < names->text.len; n++) {
		size_t i = hash(names->text.at[n], strlen(names->text.at[n]));
		while (names->slots[i % names->slot_count])
			i++;
		names->slots[i % names->slot_count] = n + 1;
	}
}

uint32_t names_intern(struct names *names, const char *text, size_t len)
{
	if (names->text.len * 2 >= names->slot_count)
		names_rehash(names);
	size_t i = hash(text, len);
	for (;; i++) {
		uint32_t n = names->slots[i % names->slot_count];
		if (!n)
			break;
		const char *known = names->text.at[n - 1];
		if (!strncmp(known, text, len) && !known[len])
			return n - 1;
	}
	*vec_push(names->arena, &names->text) = arena_strndup(names->arena, text, len);
	names->slots[i % names->slot_count] = (uint32_t)names->text.len;
	return (uint32_t)names->text.len - 1;
}

struct bits bits_new(struct arena *arena, size_t count)
{
	size_t words = (count + 63) / 64;
	return (struct bits){arena_alloc(arena, words * sizeof(uint64_t)), words};
}

bool bits_get(struct bits bits, size_t i)
{
	return bits.words[i / 64] >> (i % 64) & 1;
}

void bits_set(struct bits bits, size_t i)
{
	bits.words[i / 64] |= UINT64_C(1) << (i % 64);
}

void bits_clear(struct bits bits, size_t i)
{
	bits.words[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

bool bits_join(struct bits target, struct bits source)
{
	uint64_t changed = 0;
	for (size_t i = 0; i < target.word_count; i++) {
		uint64_t old = target.words[i];
		target.words[i] |= source.words[i];
		changed |= target.words[i] ^ old;
	}
	return changed;
}
