/* Looking up names by getaddrinfo(3): on the spot when they are numbers, else by a job of
 * the thread pool, which outlives the task's interest in it when that is cancelled.
 */
#include "internal.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct lookup {
	struct async__job job;
	struct async_notify done;
	struct addrinfo *list;
	int error;
	int flags;
	const char *host, *service;
	char names[];
};

/* The frame of async_resolve. */
struct resolve {
	struct async_frame frame;
	int notified;
	struct lookup *lookup;
	struct addrinfo **list;
};

static int error_of(int code)
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
	case EAI_SYSTEM:
		return errno ? -errno : -EREMOTEIO;
	case EAI_FAIL:
		return -EREMOTEIO;
	default:
		return -EINVAL;
	}
}

static int look_up(const char *host, const char *service, int flags, struct addrinfo **list)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
		.ai_flags = flags,
	};

	*list = NULL;
	return error_of(getaddrinfo(host, service, &hints, list));
}

static void lookup_work(struct async__job *job)
{
	struct lookup *lookup = async__container(job, struct lookup, job);

	lookup->error = look_up(lookup->host, lookup->service, lookup->flags, &lookup->list);
}

static void lookup_destroy(struct async__job *job)
{
	struct lookup *lookup = async__container(job, struct lookup, job);

	if (lookup->list)
		freeaddrinfo(lookup->list);
	free(lookup);
}

static struct lookup *lookup_new(const char *host, const char *service, int flags)
{
	size_t host_size = host ? strlen(host) + 1 : 0;
	size_t service_size = service ? strlen(service) + 1 : 0;
	struct lookup *lookup = async__alloc(sizeof *lookup + host_size + service_size);

	if (!lookup)
		return NULL;
	*lookup = (struct lookup){
		.job = {.work = lookup_work, .destroy = lookup_destroy, .done = &lookup->done},
		.flags = flags,
	};
	if (host)
		lookup->host = memcpy(lookup->names, host, host_size);
	if (service)
		lookup->service = memcpy(lookup->names + host_size, service, service_size);
	return lookup;
}

/* The task has been notified, or does not wait any more. */
static int take(struct lookup *lookup, int notified, struct addrinfo **list)
{
	int error = notified;

	if (!notified) {
		error = lookup->error;
		*list = lookup->list;
		lookup->list = NULL;
	}
	async__job_drop(&lookup->job);
	return error;
}

static struct async_frame *resolve_resume(struct async_frame *frame)
{
	struct resolve *resolve = (struct resolve *)(void *)frame;
	struct async_frame *caller = frame->caller;

	*(int *)async__slot(caller) = take(resolve->lookup, resolve->notified, resolve->list);
	async__frame_free(frame, sizeof *resolve);
	return caller;
}

static const struct async__op resolve_op =
	ASYNC__FUNCTION(resolve_op, "async_resolve", struct resolve, notified, resolve_resume);

static struct async_result_int wait_for(struct lookup *lookup, struct resolve *resolve,
					struct addrinfo **list)
{
	struct async_result_int wait = async__notify_wait(&lookup->done);

	if (!wait.pending) {
		async__frame_free(&resolve->frame, sizeof *resolve);
		return (struct async_result_int){NULL, take(lookup, wait.value, list)};
	}
	resolve->frame.point = &resolve_op.point;
	resolve->lookup = lookup;
	resolve->list = list;
	wait.pending->caller = &resolve->frame;
	return (struct async_result_int){&resolve->frame, 0};
}

static struct async_result_int hand_over(const char *host, const char *service, int flags,
					 struct addrinfo **list)
{
	struct resolve *resolve = (struct resolve *)(void *)async__frame_try(sizeof *resolve);
	struct lookup *lookup;
	int error = -ENOMEM;

	if (!resolve)
		goto fail;
	lookup = lookup_new(host, service, flags);
	if (!lookup)
		goto fail_frame;
	error = async__job_submit(&lookup->job);
	if (error)
		goto fail_lookup;
	return wait_for(lookup, resolve, list);

fail_lookup:
	lookup_destroy(&lookup->job);
fail_frame:
	async__frame_free(&resolve->frame, sizeof *resolve);
fail:
	return async__done_int(async__loop, error);
}

static struct async_result_int resolve(const char *host, const char *service, int flags,
				       struct addrinfo **list)
{
	struct async_loop *loop = async__loop;
	int error;

	*list = NULL;
	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	error = look_up(host, service, flags | AI_NUMERICHOST | AI_NUMERICSERV, list);
	if (error != -ENOENT)
		return async__done_int(loop, error);
	return hand_over(host, service, flags, list);
}

struct async_result_int async__resolve_passive(const char *host, const char *service,
					       struct addrinfo **list)
{
	return resolve(host, service, AI_PASSIVE, list);
}

ASYNC__EXPORT struct async_result_int async__resolve(const char *host, const char *service,
						     struct addrinfo **list)
{
	return resolve(host, service, 0, list);
}
