/* Pairs of streams in memory: for each direction a ring of bytes. The two ends share one
 * block, which goes with the second of them.
 */
#define _GNU_SOURCE
#include <asyncc.h>

#include "internal.h"

#include <limits.h>
#include <string.h>
#include <sys/uio.h>

/* One direction. Bytes are counted from the beginning of time. */
struct ring {
	char *data;
	size_t capacity;
	size_t written, read;
	bool ended;   /* nothing more will be written */
	bool dropped; /* nothing more will be read */
	struct async_event changed;
};

struct pair {
	struct ring rings[2];
	struct end {
		struct pair *pair;
		struct ring *in, *out;
	} ends[2];
	int open;
	char data[];
};

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Both sides look again. */
static void tell(struct ring *ring)
{
	async_event_set(&ring->changed);
	async_event_clear(&ring->changed);
}

static size_t get(struct ring *ring, char *to, size_t len)
{
	size_t at = ring->read % ring->capacity, first;

	len = smaller(len, ring->written - ring->read);
	first = smaller(len, ring->capacity - at);
	memcpy(to, ring->data + at, first);
	memcpy(to + first, ring->data, len - first);
	ring->read += len;
	return len;
}

static size_t put(struct ring *ring, const char *from, size_t len)
{
	size_t at = ring->written % ring->capacity, first;

	len = smaller(len, ring->capacity - (ring->written - ring->read));
	first = smaller(len, ring->capacity - at);
	memcpy(ring->data + at, from, first);
	memcpy(ring->data, from + first, len - first);
	ring->written += len;
	return len;
}

static async ssize_t memory_read(void *transport, void *buf, size_t len)
{
	struct ring *ring = ((struct end *)transport)->in;
	int error = 0;

	if (async__checkpoint_due())
		error = await async__checkpoint();
	while (!error && ring->written == ring->read && !ring->ended)
		error = await async_event_wait(&ring->changed);
	if (error)
		return error;
	len = get(ring, buf, len);
	tell(ring);
	return (ssize_t)len;
}

static async ssize_t memory_write(void *transport, const struct iovec *parts, int count)
{
	struct ring *ring = ((struct end *)transport)->out;
	size_t n = 0;
	int error = 0;

	if (async__checkpoint_due())
		error = await async__checkpoint();
	while (!error && ring->written - ring->read == ring->capacity && !ring->dropped)
		error = await async_event_wait(&ring->changed);
	if (error)
		return error;
	if (ring->dropped || ring->ended)
		return -EPIPE;
	for (int i = 0; i < count; i++)
		n += put(ring, parts[i].iov_base, parts[i].iov_len);
	tell(ring);
	return (ssize_t)n;
}

static async int memory_shutdown(void *transport)
{
	struct ring *ring = ((struct end *)transport)->out;

	ring->ended = true;
	tell(ring);
	return 0;
}

static async int memory_close(void *transport)
{
	struct end *end = transport;

	end->out->ended = true;
	end->in->dropped = true;
	tell(end->out);
	tell(end->in);
	if (!--end->pair->open)
		free(end->pair);
	return 0;
}

static const struct async_stream_kind memory_kind = {
	"memory", memory_read, memory_write, memory_shutdown, memory_close, NULL, NULL,
};

static struct pair *pair_new(size_t capacity)
{
	struct pair *pair =
		capacity < SSIZE_MAX / 4 ? async__alloc_zero(sizeof *pair + 2 * capacity) : NULL;

	if (!pair)
		return NULL;
	pair->open = 2;
	for (int i = 0; i < 2; i++) {
		pair->rings[i].data = pair->data + (size_t)i * capacity;
		pair->rings[i].capacity = capacity;
		pair->ends[i] = (struct end){pair, &pair->rings[i], &pair->rings[!i]};
	}
	return pair;
}

ASYNC__EXPORT int async_stream_pair(struct async_stream *streams[2], size_t capacity)
{
	struct pair *pair = pair_new(capacity ? capacity : 1);

	streams[0] = streams[1] = NULL;
	if (!pair)
		return -ENOMEM;
	for (int i = 0; i < 2; i++) {
		streams[i] = async_stream_new(&memory_kind, &pair->ends[i]);
		if (!streams[i])
			goto fail;
	}
	return 0;

fail:
	/* A stream that was never used is one block. */
	free(streams[0]);
	streams[0] = NULL;
	free(pair);
	return -ENOMEM;
}
