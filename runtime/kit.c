/* The kit for tests: the places where time, chance and faults enter the runtime.
 */
#include "internal.h"

#include <asyncc/test.h>

#include <stdlib.h>
#include <sys/socket.h>

#define SECOND UINT64_C(1000000000)
/* How far down the ready queue a seeded schedule looks. */
#define REACH 16
#define LONGEST_BUDGET 8

__thread struct async__faults async__faults;

ASYNC__EXPORT int async_test_virtual_time(void)
{
	struct async_loop *loop = async__loop_get();

	if (!loop)
		return -ENOMEM;
	if (!loop->virtual_now)
		loop->virtual_now = SECOND;
	return 0;
}

ASYNC__EXPORT void async_test_advance_ns(uint64_t ns)
{
	if (async__loop && async__loop->virtual_now)
		async__loop->virtual_now += ns;
}

/* Keeps the state from 0, which xorshift never leaves. */
void async__seed(struct async_loop *loop, uint64_t seed)
{
	loop->random = seed ? seed * UINT64_C(0x9e3779b97f4a7c15) | 1 : 0;
	loop->budget = loop->full_budget;
	loop->full_fuel = async__full_fuel(loop);
}

ASYNC__EXPORT int async_test_seed(uint64_t seed)
{
	struct async_loop *loop = async__loop_get();

	if (!loop)
		return -ENOMEM;
	async__seed(loop, seed);
	return 0;
}

static uint64_t next_random(struct async_loop *loop)
{
	uint64_t x = loop->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	loop->random = x;
	return (x * UINT64_C(0x2545f4914f6cdd1d)) >> 11;
}

ASYNC__EXPORT uint64_t async_test_random(void)
{
	struct async_loop *loop = async__loop_get();

	if (!loop)
		return 0;
	if (!loop->random)
		async__seed(loop, 1);
	return next_random(loop);
}

/* Brings the task that is to run next to the front of the ready queue. */
void async__shuffle(struct async_loop *loop)
{
	struct async_task **link = &loop->ready_first, *chosen;
	uint64_t steps = next_random(loop) % REACH;

	loop->budget = 1 + (int)(next_random(loop) % LONGEST_BUDGET);
	loop->full_fuel = loop->debugger ? 0 : loop->budget - 1;
	while (steps-- && (*link)->u.next)
		link = &(*link)->u.next;
	chosen = *link;
	if (chosen == loop->ready_first)
		return;
	*link = chosen->u.next;
	if (!*link)
		loop->ready_last = link;
	chosen->u.next = loop->ready_first;
	loop->ready_first = chosen;
}

ASYNC__EXPORT int async_test_stream(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) ? -errno : 0;
}

struct async__fault {
	size_t limit[2];
	bool random;
	unsigned successes; /* left before the failure */
	int error;          /* 0: none to come */
};

struct async__fd_fault {
	struct async__fd_fault *next;
	int fd;
	struct async__fault fault;
};

static struct async__fd_fault *find_fault(struct async_loop *loop, int fd)
{
	struct async__fd_fault *fault = loop->fd_faults;

	while (fault && fault->fd != fd)
		fault = fault->next;
	return fault;
}

static struct async__fault *fd_fault(int fd, int *error)
{
	struct async_loop *loop = async__loop_get();
	struct async__fd_fault *fault;

	*error = loop ? async__fd_know(loop, fd) : -ENOMEM;
	if (*error)
		return NULL;
	fault = find_fault(loop, fd);
	if (fault)
		return &fault->fault;
	fault = calloc(1, sizeof *fault);
	if (!fault) {
		*error = -ENOMEM;
		return NULL;
	}
	fault->fd = fd;
	fault->next = loop->fd_faults;
	loop->fd_faults = fault;
	loop->fds[fd].flags |= ASYNC__FD_FAULTY;
	return &fault->fault;
}

static struct async__fault *stream_fault(struct async_stream *stream, int *error)
{
	struct async__fault **fault = async__stream_fault(stream);

	if (!*fault)
		*fault = calloc(1, sizeof **fault);
	*error = *fault ? 0 : -ENOMEM;
	return *fault;
}

static void set_limit(struct async__fault *fault, size_t read, size_t write, bool random)
{
	if (!fault)
		return;
	fault->limit[0] = read;
	fault->limit[1] = write;
	fault->random = random;
}

static void set_failure(struct async__fault *fault, unsigned count, int error)
{
	if (!fault)
		return;
	fault->successes = count;
	fault->error = error;
}

ASYNC__EXPORT int async_test_limit(int fd, size_t read, size_t write, bool random)
{
	int error;

	set_limit(fd_fault(fd, &error), read, write, random);
	return error;
}

ASYNC__EXPORT int async_test_limit_stream(struct async_stream *stream, size_t read, size_t write,
					  bool random)
{
	int error;

	set_limit(stream_fault(stream, &error), read, write, random);
	return error;
}

ASYNC__EXPORT int async_test_fail_io(int fd, unsigned count, int error)
{
	int failure;

	set_failure(fd_fault(fd, &failure), count, error);
	return failure;
}

ASYNC__EXPORT int async_test_fail_stream(struct async_stream *stream, unsigned count, int error)
{
	int failure;

	set_failure(stream_fault(stream, &failure), count, error);
	return failure;
}

size_t async__fault_limit(const struct async__fault *fault, int direction, size_t len)
{
	size_t limit = fault->limit[direction];

	if (limit && fault->random)
		limit = 1 + (size_t)(async_test_random() % limit);
	return limit && limit < len ? limit : len;
}

int async__fault_error(struct async__fault *fault)
{
	int error = fault->error;

	if (!error)
		return 0;
	if (fault->successes) {
		fault->successes--;
		return 0;
	}
	fault->error = 0;
	return error;
}

size_t async__fd_fault_limit(struct async_loop *loop, int fd, int direction, size_t len)
{
	return async__fault_limit(&find_fault(loop, fd)->fault, direction, len);
}

int async__fd_fault_error(struct async_loop *loop, int fd)
{
	return async__fault_error(&find_fault(loop, fd)->fault);
}

void async__fd_fault_forget(struct async_loop *loop, int fd)
{
	struct async__fd_fault **link = &loop->fd_faults, *fault;

	while (*link && (*link)->fd != fd)
		link = &(*link)->next;
	fault = *link;
	if (!fault)
		return;
	*link = fault->next;
	free(fault);
}

void async__kit_close(struct async_loop *loop)
{
	while (loop->fd_faults)
		async__fd_fault_forget(loop, loop->fd_faults->fd);
}

ASYNC__EXPORT void async_test_fail_allocation(unsigned long n, bool all)
{
	struct async_loop *loop = async__loop;

	async__faults.allocations = n;
	async__faults.all = all;
	async__faults.allocation_failed = async__faults.tell_allocation = false;
	if (loop && n)
		loop->careful |= ASYNC__FAULTS;
	else if (loop)
		loop->careful &= ~(uint32_t)ASYNC__FAULTS;
}

ASYNC__EXPORT bool async_test_allocation_failed(void)
{
	return async__faults.allocation_failed;
}

/* A number, and behind a comma that of an error. */
static void call_from_environment(const char *text)
{
	char *end;
	long error;

	async__faults.calls = strtoul(text, &end, 10);
	error = *end == ',' ? strtol(end + 1, NULL, 10) : 0;
	/* No number of an error is zero: the call would seem to have succeeded. */
	async__faults.error = error > 0 && error < 4096 ? -(int)error : -EIO;
	async__faults.tell_call = true;
}

void async__faults_begin(void)
{
	const char *allocation = getenv("ASYNC_FAIL_ALLOCATION"), *call = getenv("ASYNC_FAIL_CALL");

	if (allocation && !async__faults.allocations) {
		async__faults.allocations = strtoul(allocation, NULL, 10);
		async__faults.tell_allocation = true;
	}
	if (call && !async__faults.calls)
		call_from_environment(call);
}

bool async__fail_allocation(void)
{
	if (--async__faults.allocations)
		return false;
	if (async__faults.tell_allocation)
		fputs("asyncc: the allocation of ASYNC_FAIL_ALLOCATION fails\n", stderr);
	async__faults.tell_allocation = false;
	async__faults.allocation_failed = true;
	if (async__faults.all)
		async__faults.allocations = 1;
	return true;
}

ASYNC__EXPORT void *async_test_malloc(size_t size)
{
	return async__alloc(size);
}

ASYNC__EXPORT void async_test_fail_call(unsigned long n, int error)
{
	async__faults.calls = n;
	async__faults.error = error;
	async__faults.call_failed = async__faults.tell_call = false;
}

ASYNC__EXPORT bool async_test_call_failed(void)
{
	return async__faults.call_failed;
}

bool async__fail_call(void)
{
	if (--async__faults.calls)
		return false;
	if (async__faults.tell_call)
		fputs("asyncc: the call of ASYNC_FAIL_CALL fails\n", stderr);
	async__faults.tell_call = false;
	async__faults.call_failed = true;
	errno = -async__faults.error;
	return true;
}
