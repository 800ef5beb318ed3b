/* Looking up names by getaddrinfo(3) and getnameinfo(3): a job of the thread pool, which
 * outlives the task's interest in it when that is cancelled. So it works on copies of all
 * that it was given.
 */
#include "internal.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct lookup {
	struct async__job job;
	struct async_notify done;
	int error;
	bool hinted;
	struct addrinfo hints, *list;
	const char *host, *service;
	struct async_name_query query; /* its pointers are into names and address */
	struct sockaddr_storage address;
	char names[];
};

/* The frame of a lookup, and where its results go. */
struct wait {
	struct async_frame frame;
	int notified;
	struct lookup *lookup;
	struct addrinfo **list;
	struct async_name_query query;
};

int async__lookup_error(int code)
{
	switch (code) {
	case 0:
		return 0;
	case EAI_NONAME:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return -ENOENT;
	case EAI_SERVICE:
		return -ESRCH;
	case EAI_AGAIN:
		return -EAGAIN;
	case EAI_MEMORY:
		return -ENOMEM;
	case EAI_FAMILY:
		return -EAFNOSUPPORT;
	case EAI_OVERFLOW:
		return -ENOSPC;
	case EAI_SYSTEM:
		return errno ? -errno : -EREMOTEIO;
	case EAI_FAIL:
		return -EREMOTEIO;
	default:
		return -EINVAL;
	}
}

int async__numbers(const char *host, const char *service, const struct addrinfo *hints,
		   struct addrinfo **list)
{
	struct addrinfo numeric = *hints;

	numeric.ai_flags |= AI_NUMERICHOST | AI_NUMERICSERV;
	*list = NULL;
	return async__lookup_error(getaddrinfo(host, service, &numeric, list));
}

static void addresses_work(struct async__job *job)
{
	struct lookup *lookup = async__container(job, struct lookup, job);
	const struct addrinfo *hints = lookup->hinted ? &lookup->hints : NULL;

	lookup->error = async__lookup_error(
		getaddrinfo(lookup->host, lookup->service, hints, &lookup->list));
}

static void names_work(struct async__job *job)
{
	struct lookup *lookup = async__container(job, struct lookup, job);
	const struct async_name_query *query = &lookup->query;

	lookup->error = async__lookup_error(
		getnameinfo(query->address, query->len, query->host, (socklen_t)query->host_size,
			    query->service, (socklen_t)query->service_size, query->flags));
}

static void lookup_destroy(struct async__job *job)
{
	struct lookup *lookup = async__container(job, struct lookup, job);

	if (lookup->list)
		freeaddrinfo(lookup->list);
	free(lookup);
}

static struct lookup *lookup_new(void (*work)(struct async__job *), size_t names)
{
	struct lookup *lookup = async__alloc_zero(sizeof *lookup + names);

	if (lookup)
		lookup->job = (struct async__job){
			.work = work,
			.destroy = lookup_destroy,
			.done = &lookup->done,
		};
	return lookup;
}

static struct lookup *addresses_new(const char *host, const char *service,
				    const struct addrinfo *hints)
{
	size_t host_size = host ? strlen(host) + 1 : 0;
	size_t service_size = service ? strlen(service) + 1 : 0;
	struct lookup *lookup = lookup_new(addresses_work, host_size + service_size);

	if (!lookup)
		return NULL;
	if (host)
		lookup->host = memcpy(lookup->names, host, host_size);
	if (service)
		lookup->service = memcpy(lookup->names + host_size, service, service_size);
	lookup->hinted = hints != NULL;
	if (hints)
		lookup->hints = (struct addrinfo){
			.ai_flags = hints->ai_flags,
			.ai_family = hints->ai_family,
			.ai_socktype = hints->ai_socktype,
			.ai_protocol = hints->ai_protocol,
		};
	return lookup;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static struct lookup *names_new(const struct async_name_query *query)
{
	size_t host_size = query->host ? smaller(query->host_size, NI_MAXHOST) : 0;
	size_t service_size = query->service ? smaller(query->service_size, NI_MAXSERV) : 0;
	struct lookup *lookup = lookup_new(names_work, host_size + service_size);

	if (!lookup)
		return NULL;
	memcpy(&lookup->address, query->address, smaller(query->len, sizeof lookup->address));
	lookup->query = (struct async_name_query){
		.address = (struct sockaddr *)&lookup->address,
		.len = query->len,
		.host = host_size ? lookup->names : NULL,
		.host_size = host_size,
		.service = service_size ? lookup->names + host_size : NULL,
		.service_size = service_size,
		.flags = query->flags,
	};
	return lookup;
}

static void give(struct lookup *lookup, const struct wait *wait)
{
	if (wait->list) {
		*wait->list = lookup->list;
		lookup->list = NULL;
	} else if (!lookup->error) {
		if (lookup->query.host)
			memcpy(wait->query.host, lookup->query.host, lookup->query.host_size);
		if (lookup->query.service)
			memcpy(wait->query.service, lookup->query.service,
			       lookup->query.service_size);
	}
}

/* The task has been notified, or does not wait any more. */
static int take(const struct wait *wait, int notified)
{
	struct lookup *lookup = wait->lookup;
	int error = notified;

	async__loop->jobs--;
	if (!notified) {
		error = lookup->error;
		give(lookup, wait);
	}
	async__job_drop(&lookup->job);
	return error;
}

static struct async_frame *wait_resume(struct async_frame *frame)
{
	struct wait *wait = (struct wait *)(void *)frame;
	struct async_frame *caller = frame->caller;

	*(int *)async__slot(caller) = take(wait, wait->notified);
	async__frame_free(frame, sizeof *wait);
	return caller;
}

static const struct async__op addresses_op =
	ASYNC__FUNCTION(addresses_op, "async_getaddrinfo", struct wait, notified, wait_resume);
static const struct async__op names_op =
	ASYNC__FUNCTION(names_op, "async_getnameinfo", struct wait, notified, wait_resume);

static struct async_result_int wait_for(struct wait *wait)
{
	struct async_result_int notified = async__notify_wait(&wait->lookup->done);

	if (!notified.pending) {
		notified.value = take(wait, notified.value);
		async__frame_free(&wait->frame, sizeof *wait);
		return notified;
	}
	notified.pending->caller = &wait->frame;
	return (struct async_result_int){&wait->frame, 0};
}

/* Takes over lookup, or reports that it could not be made. */
static struct async_result_int hand_over(struct lookup *lookup, const struct wait *what)
{
	struct wait *wait;
	int error = -ENOMEM;

	if (!lookup)
		goto fail;
	wait = (struct wait *)(void *)async__frame_try(sizeof *wait);
	if (!wait)
		goto fail_lookup;
	*wait = *what;
	wait->lookup = lookup;
	error = async__job_submit(&lookup->job);
	if (!error) {
		async__loop->jobs++;
		return wait_for(wait);
	}
	async__frame_free(&wait->frame, sizeof *wait);
fail_lookup:
	lookup_destroy(&lookup->job);
fail:
	return async__done_int(async__loop, error);
}

struct async_result_int async__getaddrinfo_start(const char *host, const char *service,
						 const struct addrinfo *hints,
						 struct addrinfo **list)
	ASYNC__NAME(async__getaddrinfo);
struct async_result_int async__getnameinfo_start(const struct async_name_query *query)
	ASYNC__NAME(async__getnameinfo);

struct async_result_int async__getaddrinfo_start(const char *host, const char *service,
						 const struct addrinfo *hints,
						 struct addrinfo **list)
{
	struct wait wait = {.frame.point = &addresses_op.point, .list = list};

	return hand_over(addresses_new(host, service, hints), &wait);
}

struct async_result_int async__getnameinfo_start(const struct async_name_query *query)
{
	struct wait wait = {.frame.point = &names_op.point, .query = *query};

	return hand_over(names_new(query), &wait);
}
