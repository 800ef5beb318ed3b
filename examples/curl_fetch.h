/* libcurl's transfers under await: any number of them at once, on the loop of their thread.
 *
 *     struct curl_loop loop;
 *
 *     if ((r = curl_loop_open(&loop)) == 0)
 *             r = await fetch(&loop, easy, store, arg, &code);
 *     await curl_loop_close(&loop);
 *
 * libcurl calls back when it wants to be told of a socket or of a time, and is told by
 * curl_multi_socket_action. Each socket that it is interested in has a task that waits for it, or
 * for libcurl to change its mind; one more task waits for the time. What a transfer receives
 * goes through two buffers, so that whoever stores it may wait meanwhile; when both are full the
 * transfer is paused, and the peer with it.
 */
#ifndef CURL_FETCH_H
#define CURL_FETCH_H

#include <asyncc.h>

#include <curl/curl.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct curl_loop {
	CURLM *multi;
	struct curl_fetch *fetches; /* under way */
	unsigned tasks;
	bool closing;
	uint64_t deadline;
	struct async_event deadline_set, all_ended;
};

struct curl_socket {
	struct curl_loop *loop;
	curl_socket_t fd;
	int events;
	bool gone;
	struct async_event changed;
};

struct curl_fetch {
	struct curl_fetch *next, **link;
	struct async_event news;
	CURLcode code;
	bool ended, paused;
	int filling;
	size_t used;
	char data[2][4 * CURL_MAX_WRITE_SIZE];
};

static inline void curl__end(struct curl_fetch *fetch, CURLcode code)
{
	fetch->code = code;
	fetch->ended = true;
	async_event_set(&fetch->news);
}

/* Tells libcurl of something, and the transfers that have ended by it. */
static inline void curl__act(struct curl_loop *loop, curl_socket_t fd, int events)
{
	int running, left;
	const CURLMsg *message;

	if (curl_multi_socket_action(loop->multi, fd, events, &running) != CURLM_OK)
		for (struct curl_fetch *fetch = loop->fetches; fetch; fetch = fetch->next)
			curl__end(fetch, CURLE_OUT_OF_MEMORY);
	while ((message = curl_multi_info_read(loop->multi, &left))) {
		char *fetch = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &fetch);
		curl__end((struct curl_fetch *)(void *)fetch, message->data.result);
	}
}

static inline void curl__leave(struct curl_loop *loop)
{
	if (--loop->tasks == 0)
		async_event_set(&loop->all_ended);
}

static inline async void curl__watch(struct curl_socket *self)
{
	int r, which = 0;

	while (which >= 0 && !self->gone) {
		async_event_clear(&self->changed);
		which = await async_select(&r, async_on_fd(self->fd, self->events),
					   async_on_event(&self->changed));
		if (which == 0 && !self->gone)
			curl__act(self->loop, self->fd,
				  r < 0 ? CURL_CSELECT_ERR
					: (r & ASYNC_READABLE ? CURL_CSELECT_IN : 0) |
						  (r & ASYNC_WRITABLE ? CURL_CSELECT_OUT : 0));
	}
	curl__leave(self->loop);
	free(self);
}

static inline struct curl_socket *curl__socket_new(struct curl_loop *loop, curl_socket_t fd)
{
	struct curl_socket *self = calloc(1, sizeof *self);

	if (!self)
		return NULL;
	self->loop = loop;
	self->fd = fd;
	async_task(void) task = async_spawn(curl__watch(self));
	if (!task) {
		free(self);
		return NULL;
	}
	async_detach(task);
	loop->tasks++;
	curl_multi_assign(loop->multi, fd, self);
	return self;
}

/* libcurl changes what it wants to know of a socket, or wants to know nothing more. It may close
 * the socket then, or keep it for later. */
static inline int curl__socket_changed(CURL *easy, curl_socket_t fd, int what, void *arg,
				       void *known)
{
	struct curl_socket *self = known;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (self) {
			self->gone = true;
			async_release_fd(fd); /* which ends the wait */
		}
		return 0;
	}
	if (!self && !(self = curl__socket_new(arg, fd)))
		return -1;
	self->events = (what & CURL_POLL_IN ? ASYNC_READABLE : 0) |
		       (what & CURL_POLL_OUT ? ASYNC_WRITABLE : 0);
	async_event_set(&self->changed);
	return 0;
}

static inline int curl__time_changed(CURLM *multi, long ms, void *arg)
{
	struct curl_loop *loop = arg;

	(void)multi;
	loop->deadline = ms < 0 ? UINT64_MAX : async_now_ns() + (uint64_t)ms * 1000000;
	async_event_set(&loop->deadline_set);
	return 0;
}

static inline async void curl__keep_time(struct curl_loop *loop)
{
	int which = 0;

	while (which >= 0 && !loop->closing) {
		uint64_t now = async_now_ns();
		uint64_t ms = loop->deadline > now ? (loop->deadline - now + 999999) / 1000000 : 0;

		async_event_clear(&loop->deadline_set);
		if (loop->deadline == UINT64_MAX)
			which = await async_event_wait(&loop->deadline_set);
		else
			which = await async_select(NULL, async_on_event(&loop->deadline_set),
						   async_on_timeout((int64_t)ms));
		if (which == 1) {
			loop->deadline = UINT64_MAX;
			curl__act(loop, CURL_SOCKET_TIMEOUT, 0);
		}
	}
	curl__leave(loop);
}

/* Gives 0 or -ENOMEM. To be closed in each case. */
static inline int curl_loop_open(struct curl_loop *loop)
{
	async_task(void) timer;

	*loop = (struct curl_loop){.multi = curl_multi_init(), .deadline = UINT64_MAX};
	if (!loop->multi)
		return -ENOMEM;
	curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, curl__socket_changed);
	curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
	curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, curl__time_changed);
	curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
	timer = async_spawn(curl__keep_time(loop));
	if (!timer)
		return -ENOMEM;
	async_detach(timer);
	loop->tasks++;
	return 0;
}

/* Closes it, when all transfers have ended. */
static inline async void curl_loop_close(struct curl_loop *loop)
{
	ASYNC_SHIELD(shield);

	curl_multi_cleanup(loop->multi);
	loop->closing = true;
	async_event_set(&loop->deadline_set);
	if (loop->tasks)
		await async_event_wait(&loop->all_ended);
}

static inline size_t curl__take(char *data, size_t unit, size_t len, void *arg)
{
	struct curl_fetch *fetch = arg;

	len *= unit;
	if (len > sizeof fetch->data[0] - fetch->used) {
		fetch->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	memcpy(fetch->data[fetch->filling] + fetch->used, data, len);
	fetch->used += len;
	async_event_set(&fetch->news);
	return len;
}

typedef async int (*curl_sink)(void *arg, const char *data, size_t len);

/* Passes on what has come. Gives what sink gives, and 1 at the end. */
static inline async int curl__pass_on(struct curl_fetch *fetch, CURL *easy, curl_sink sink,
				      void *arg)
{
	const char *data = fetch->data[fetch->filling];
	size_t len = fetch->used;

	if (!len)
		return fetch->ended ? 1 : await async_event_wait(&fetch->news);
	fetch->filling = !fetch->filling;
	fetch->used = 0;
	async_event_clear(&fetch->news);
	if (fetch->paused && !fetch->ended) {
		fetch->paused = false;
		curl_easy_pause(easy, CURLPAUSE_CONT);
	}
	return await sink(arg, data, len);
}

/* Makes a transfer that has been set up with curl_easy_setopt, all but for where data goes: to
 * sink, piece by piece. Gives 0 and how the transfer ended; -ECANCELED; -ENOMEM; or what sink
 * gives, when that is less than 0: the transfer is given up in these cases. The handle can be
 * asked about it afterwards, used again, and is to be freed by the caller. */
static inline async int fetch(struct curl_loop *loop, CURL *easy, curl_sink sink, void *arg,
			      CURLcode *code)
{
	struct curl_fetch *fetch = calloc(1, sizeof *fetch);
	int r = 0;

	if (!fetch)
		return -ENOMEM;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, curl__take);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
	fetch->next = loop->fetches;
	fetch->link = &loop->fetches;
	if (fetch->next)
		fetch->next->link = &fetch->next;
	loop->fetches = fetch;
	if (curl_multi_add_handle(loop->multi, easy) != CURLM_OK)
		r = -ENOMEM;
	while (r == 0)
		r = await curl__pass_on(fetch, easy, sink, arg);
	curl_multi_remove_handle(loop->multi, easy);
	*fetch->link = fetch->next;
	if (fetch->next)
		fetch->next->link = fetch->link;
	*code = fetch->code;
	free(fetch);
	return r == 1 ? 0 : r;
}

#endif
