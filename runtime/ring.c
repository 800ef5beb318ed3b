/* io_uring: system calls on files that the kernel makes while the loop goes on.
 *
 * A loop gets a ring of its own when a task first uses a file. Tasks put their calls into
 * the submission queue as they run, and the loop hands over all of a turn by one system
 * call; what could be done at once is in the completion queue when that returns, and the
 * rest makes the ring readable, which epoll reports. An entry's user data is the task that
 * waits in it, 0 for an attempt to cancel one.
 *
 * A buffer belongs to the kernel until the completion is there, so cancelling only asks for
 * an early end and goes on waiting. See io_uring(7), io_uring_setup(2), io_uring_enter(2).
 */
#include "internal.h"

#include <asyncc/file.h>

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int backend = -1;

static int chosen_backend(void)
{
	const char *name;
	int value = atomic_load_explicit(&backend, memory_order_relaxed);

	if (value >= 0)
		return value;
	name = getenv("ASYNC_FILES");
	value = ASYNC_FILES_ANY;
	if (name && !strcmp(name, "pool"))
		value = ASYNC_FILES_POOL;
	else if (name && !strcmp(name, "ring"))
		value = ASYNC_FILES_RING;
	atomic_store_explicit(&backend, value, memory_order_relaxed);
	return value;
}

ASYNC__EXPORT int async_set_file_backend(int value)
{
	if (value < ASYNC_FILES_ANY || value > ASYNC_FILES_RING)
		return -EINVAL;
	atomic_store_explicit(&backend, value, memory_order_relaxed);
	return 0;
}

#if defined(__has_include)
#if __has_include(<linux/io_uring.h>) && defined(SYS_io_uring_setup)
#include <linux/io_uring.h>
#endif
#endif

/* Of Linux 6.1, and so of the headers: the last of what is used here. */
#ifdef IORING_SETUP_SINGLE_ISSUER

#define ENTRIES 256
/* What the kernel had no room for, it is offered again so much later, or so often. */
#define RETRY_NS UINT64_C(1000000)
#define ATTEMPTS 1000
#define OPCODES 64
/* Without these a ring loses completions, needs more mappings, wants arguments to stay where
 * they are, or does not know of file positions. All are in Linux 5.6. */
#define FEATURES                                                                                   \
	(IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE |                \
	 IORING_FEAT_RW_CUR_POS)

struct async__ring {
	int fd; /* -1: this process has none, only its parent */
	int generation;
	unsigned *sq_head, *sq_tail, *sq_flags;
	unsigned *cq_head, *cq_tail;
	unsigned sq_mask, cq_mask, entries;
	unsigned tail; /* of the submission queue, as the kernel will see it */
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	void *queues;
	size_t queues_size, sqes_size;
	uint32_t under_way;
	bool refused;     /* an attempt to cancel, which is to be made again */
	uint64_t opcodes; /* those that the kernel has */
};

/* The first answer that holds for good: the kernel has none, or forbids it. */
static atomic_int refusal;

static int setup(struct io_uring_params *params)
{
	static const unsigned flags[] = {
		IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN |
			IORING_SETUP_SINGLE_ISSUER,
		IORING_SETUP_CLAMP,
	};
	int fd = -1;

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		*params = (struct io_uring_params){.flags = flags[i]};
		fd = (int)ASYNC__CALL(syscall(SYS_io_uring_setup, ENTRIES, params));
		if (fd >= 0 || errno != EINVAL)
			break;
	}
	return fd < 0 ? -errno : fd;
}

static int probe(struct async__ring *ring)
{
	_Alignas(struct io_uring_probe) char memory[sizeof(struct io_uring_probe) +
						    OPCODES * sizeof(struct io_uring_probe_op)] = {
		0};
	struct io_uring_probe *found = (struct io_uring_probe *)(void *)memory;

	if (ASYNC__CALL(syscall(SYS_io_uring_register, ring->fd, IORING_REGISTER_PROBE, found,
				OPCODES)))
		return -errno;
	for (unsigned i = 0; i < found->ops_len && i < OPCODES; i++)
		if (found->ops[i].flags & IO_URING_OP_SUPPORTED)
			ring->opcodes |= UINT64_C(1) << i;
	return 0;
}

static void *map(int fd, size_t size, off_t what)
{
	void *memory = ASYNC__CALL(0) ? MAP_FAILED
				      : mmap(NULL, size, PROT_READ | PROT_WRITE,
					     MAP_SHARED | MAP_POPULATE, fd, what);

	/* A forked process has its own. */
	if (memory != MAP_FAILED)
		madvise(memory, size, MADV_DONTFORK);
	return memory;
}

static void queues_find(struct async__ring *ring, const struct io_uring_params *params)
{
	char *queues = ring->queues;
	unsigned *array = (unsigned *)(void *)(queues + params->sq_off.array);

	ring->sq_head = (unsigned *)(void *)(queues + params->sq_off.head);
	ring->sq_tail = (unsigned *)(void *)(queues + params->sq_off.tail);
	ring->sq_flags = (unsigned *)(void *)(queues + params->sq_off.flags);
	ring->sq_mask = *(unsigned *)(void *)(queues + params->sq_off.ring_mask);
	ring->cq_head = (unsigned *)(void *)(queues + params->cq_off.head);
	ring->cq_tail = (unsigned *)(void *)(queues + params->cq_off.tail);
	ring->cq_mask = *(unsigned *)(void *)(queues + params->cq_off.ring_mask);
	ring->cqes = (struct io_uring_cqe *)(void *)(queues + params->cq_off.cqes);
	ring->entries = params->sq_entries;
	ring->tail = *ring->sq_tail;
	for (unsigned i = 0; i < params->sq_entries; i++)
		array[i] = i;
}

static int queues_map(struct async__ring *ring, const struct io_uring_params *params)
{
	size_t sq = params->sq_off.array + params->sq_entries * sizeof(unsigned);
	size_t cq = params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe);
	int error;

	ring->queues_size = sq > cq ? sq : cq;
	ring->sqes_size = params->sq_entries * sizeof(struct io_uring_sqe);
	ring->queues = map(ring->fd, ring->queues_size, IORING_OFF_SQ_RING);
	if (ring->queues == MAP_FAILED)
		return -errno;
	ring->sqes = map(ring->fd, ring->sqes_size, IORING_OFF_SQES);
	if (ring->sqes == MAP_FAILED) {
		error = -errno;
		munmap(ring->queues, ring->queues_size);
		return error;
	}
	queues_find(ring, params);
	return 0;
}

static int watch(const struct async_loop *loop, int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = UINT64_MAX};

	return ASYNC__CALL(epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event)) ? -errno : 0;
}

static int ring_open(struct async_loop *loop, struct async__ring *ring)
{
	struct io_uring_params params;
	int error;

	ring->fd = setup(&params);
	if (ring->fd < 0)
		return ring->fd;
	error = (params.features & FEATURES) == FEATURES ? 0 : -ENOSYS;
	if (!error)
		error = probe(ring);
	if (error)
		goto fail_fd;
	error = queues_map(ring, &params);
	if (error)
		goto fail_fd;
	error = watch(loop, ring->fd);
	if (error)
		goto fail_map;
	return 0;

fail_map:
	munmap(ring->sqes, ring->sqes_size);
	munmap(ring->queues, ring->queues_size);
fail_fd:
	close(ring->fd);
	ring->fd = -1;
	return error;
}

static void note_refusal(int error)
{
	if (error == -ENOSYS || error == -EPERM || error == -EACCES || error == -EINVAL)
		atomic_store_explicit(&refusal, error, memory_order_relaxed);
}

static int ring_get(struct async_loop *loop)
{
	struct async__ring *ring = loop->ring;
	int error = atomic_load_explicit(&refusal, memory_order_relaxed);

	if (ring && ring->fd >= 0)
		return 0;
	if (error)
		return error;
	if (!ring) {
		ring = async__alloc_zero(sizeof *ring);
		if (!ring)
			return -ENOMEM;
		ring->fd = -1;
		loop->ring = ring;
	}
	error = ring_open(loop, ring);
	if (error && !async__faults.call_failed)
		note_refusal(error);
	return error;
}

static struct async__ring *ring_for(struct async_loop *loop, int backend_value, unsigned opcode,
				    int *error)
{
	*error = 0;
	if (backend_value == ASYNC_FILES_POOL)
		return NULL;
	*error = ring_get(loop);
	if (*error && backend_value == ASYNC_FILES_ANY)
		*error = 0;
	else if (!*error && opcode < OPCODES && loop->ring->opcodes >> opcode & 1)
		return loop->ring;
	return NULL;
}

/* Our threads are woken and waited for with less effort than the kernel's, but there are only
 * a few. */
struct async__ring *async__ring_for(struct async_loop *loop, const struct async__file_op *op,
				    int *error)
{
	int value = chosen_backend();

	if (value == ASYNC_FILES_ANY && op->threaded && async__pool_flows())
		value = ASYNC_FILES_POOL;
	return ring_for(loop, value, op->opcode, error);
}

static const struct async__file_op *op_of(const struct async_task *task)
{
	return async__container(task->op.point, const struct async__file_op, op.point);
}

static void end(struct async_loop *loop, struct async_task *task, ssize_t value)
{
	size_t done = task->u.io.len;

	loop->jobs--;
	if (done)
		value = value > 0 ? value + (ssize_t)done : (ssize_t)done;
	else if (value == -EINTR)
		value = -ECANCELED;
	if (op_of(task)->wide)
		async__complete_ssize(loop, task, value);
	else
		async__complete_int(loop, task, (int)value);
}

static void handle(struct async_loop *loop, const struct io_uring_cqe *cqe)
{
	struct async_task *task = (struct async_task *)(uintptr_t)cqe->user_data;

	if (!task)
		return;
	loop->ring->under_way--;
	end(loop, task, cqe->res);
}

static bool reap(struct async_loop *loop, struct async__ring *ring)
{
	unsigned head = *ring->cq_head;
	unsigned tail = __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE);

	if (head == tail)
		return false;
	for (; head != tail; head++)
		handle(loop, &ring->cqes[head & ring->cq_mask]);
	__atomic_store_n(ring->cq_head, head, __ATOMIC_RELEASE);
	return true;
}

bool async__ring_done(const struct async__ring *ring)
{
	return ring->fd >= 0 && __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE) != *ring->cq_head;
}

static long enter(const struct async__ring *ring, unsigned submit, unsigned wait)
{
	long n;

	do
		n = syscall(SYS_io_uring_enter, ring->fd, submit, wait,
			    submit && !wait ? 0 : IORING_ENTER_GETEVENTS, NULL, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

void async__ring_reap(struct async_loop *loop)
{
	struct async__ring *ring = loop->ring;

	if (ring->fd < 0)
		return;
	reap(loop, ring);
	/* More completions than the queue has room for wait in the kernel. */
	while (__atomic_load_n(ring->sq_flags, __ATOMIC_RELAXED) & IORING_SQ_CQ_OVERFLOW) {
		enter(ring, 0, 0);
		if (!reap(loop, ring))
			break;
	}
}

static unsigned waiting(const struct async__ring *ring)
{
	return ring->tail - __atomic_load_n(ring->sq_head, __ATOMIC_ACQUIRE);
}

/* What must be done is done in the ordinary way then. */
static ssize_t without_ring(const struct async_task *task, const struct io_uring_sqe *sqe,
			    int error)
{
	const struct async__file_op *op = op_of(task);
	ssize_t value = error;

	if (op->steady)
		value = op->call(&(struct async__file_call){.fd = sqe->fd}) < 0 ? -errno : 0;
	return value;
}

/* The kernel takes no more entries: those left end with what it says. A task that was to be
 * cancelled may wait for ever, so that is tried again later. */
static void fail_waiting(struct async_loop *loop, struct async__ring *ring, int error)
{
	unsigned head = __atomic_load_n(ring->sq_head, __ATOMIC_ACQUIRE);

	for (unsigned i = head; i != ring->tail; i++) {
		const struct io_uring_sqe *sqe = &ring->sqes[i & ring->sq_mask];
		struct async_task *task = (struct async_task *)(uintptr_t)sqe->user_data;

		if (!task) {
			ring->refused = true;
			continue;
		}
		ring->under_way--;
		end(loop, task, without_ring(task, sqe, error));
	}
	ring->tail = head;
	__atomic_store_n(ring->sq_tail, head, __ATOMIC_RELEASE);
}

static void submit(struct async_loop *loop, struct async__ring *ring)
{
	unsigned count;
	long n;

	__atomic_store_n(ring->sq_tail, ring->tail, __ATOMIC_RELEASE);
	while ((count = waiting(ring))) {
		n = ASYNC__CALL(0) ? -errno : enter(ring, count, 0);
		if (n == -EBUSY && reap(loop, ring))
			continue;
		if (n <= 0) {
			fail_waiting(loop, ring, n ? (int)n : -EAGAIN);
			break;
		}
	}
}

static void cancel_visit(struct async_task *task, void *arg)
{
	(void)arg;
	if (async__is_cancelled(task) && task->op.point->fn->cancel == async__ring_cancel)
		async__ring_cancel(&task->op);
}

/* For the second time, the kernel takes no notice. */
static void cancel_again(struct async_loop *loop, struct async__ring *ring)
{
	ring->refused = false;
	async__each_task(&loop->storage, cancel_visit, NULL);
}

uint64_t async__ring_deadline(const struct async__ring *ring, uint64_t deadline)
{
	uint64_t soon = ring->refused && deadline ? async_now_ns() + RETRY_NS : deadline;

	return soon < deadline ? soon : deadline;
}

void async__ring_run(struct async_loop *loop)
{
	struct async__ring *ring = loop->ring;

	if (ring->fd < 0)
		return;
	if (unlikely(ring->refused))
		cancel_again(loop, ring);
	if (waiting(ring))
		submit(loop, ring);
	async__ring_reap(loop);
}

/* A queue that is full is handed over first, whatever becomes of it. */
static struct io_uring_sqe *next_entry(struct async_loop *loop, struct async__ring *ring)
{
	struct io_uring_sqe *sqe;

	if (waiting(ring) == ring->entries)
		submit(loop, ring);
	sqe = &ring->sqes[ring->tail++ & ring->sq_mask];
	*sqe = (struct io_uring_sqe){0};
	return sqe;
}

struct async_result_ssize async__ring_start(struct async_loop *loop,
					    const struct async__file_op *op,
					    const struct async__file_call *call, size_t done)
{
	struct async__ring *ring = loop->ring;
	struct async_task *task = loop->current;
	struct io_uring_sqe *sqe = next_entry(loop, ring);

	sqe->opcode = op->opcode;
	if (op->wide && call->len > ASYNC__FILE_PIECE)
		sqe->flags = IOSQE_ASYNC;
	sqe->fd = call->fd;
	sqe->off = call->off;
	sqe->addr = call->addr;
	sqe->len = call->len;
	sqe->open_flags = call->flags;
	sqe->user_data = (uintptr_t)task;
	task->u.io.fd = call->fd;
	task->u.io.len = done;
	task->u.io.events = ring->generation;
	ring->under_way++;
	loop->jobs++;
	return (struct async_result_ssize){async__suspend(task, &op->op), 0};
}

void async__ring_cancel(struct async_frame *op)
{
	struct async_loop *loop = async__loop;
	struct async__ring *ring = loop->ring;
	struct async_task *task = async__op_task(op);
	struct io_uring_sqe *sqe;

	if (task->u.io.events != ring->generation) {
		end(loop, task, -ECANCELED);
		return;
	}
	sqe = next_entry(loop, ring);
	/* Making room may have ended it. */
	if (task->op.point->fn->cancel != async__ring_cancel) {
		ring->tail--;
		return;
	}
	sqe->opcode = IORING_OP_ASYNC_CANCEL;
	sqe->fd = -1;
	sqe->addr = (uintptr_t)task;
}

/* What was under way is so in the parent only. */
void async__ring_renew(struct async_loop *loop)
{
	struct async__ring *ring = loop->ring;

	if (!ring || ring->fd < 0)
		return;
	close(ring->fd);
	ring->fd = -1;
	ring->under_way = 0;
	ring->refused = false;
	ring->generation++;
}

/* Of tasks that no one runs any more, the kernel may still use the buffers. */
static void end_all(struct async_loop *loop, struct async__ring *ring)
{
	struct io_uring_sqe *sqe;
	int attempts = 0;

	do {
		ring->refused = false;
		sqe = next_entry(loop, ring);
		sqe->opcode = IORING_OP_ASYNC_CANCEL;
		sqe->fd = -1;
		sqe->cancel_flags = IORING_ASYNC_CANCEL_ANY;
		submit(loop, ring);
	} while (ring->refused && ++attempts < ATTEMPTS);
	while (ring->under_way && !ring->refused) {
		if (enter(ring, 0, 1) < 0)
			break;
		async__ring_reap(loop);
	}
}

void async__ring_close(struct async_loop *loop)
{
	struct async__ring *ring = loop->ring;

	if (!ring)
		return;
	if (ring->fd >= 0) {
		if (ring->under_way)
			end_all(loop, ring);
		munmap(ring->sqes, ring->sqes_size);
		munmap(ring->queues, ring->queues_size);
		close(ring->fd);
	}
	free(ring);
}

#else

static struct async__ring *ring_for(struct async_loop *loop, int backend_value, unsigned opcode,
				    int *error)
{
	(void)loop;
	(void)opcode;
	*error = backend_value == ASYNC_FILES_RING ? -ENOSYS : 0;
	return NULL;
}

struct async__ring *async__ring_for(struct async_loop *loop, const struct async__file_op *op,
				    int *error)
{
	(void)loop;
	(void)op;
	*error = chosen_backend() == ASYNC_FILES_RING ? -ENOSYS : 0;
	return NULL;
}

struct async_result_ssize async__ring_start(struct async_loop *loop,
					    const struct async__file_op *op,
					    const struct async__file_call *call, size_t done)
{
	(void)call;
	(void)done;
	return async__done_with(loop, op->wide, -ENOSYS);
}

void async__ring_cancel(struct async_frame *op)
{
	(void)op;
}

void async__ring_run(struct async_loop *loop)
{
	(void)loop;
}

uint64_t async__ring_deadline(const struct async__ring *ring, uint64_t deadline)
{
	(void)ring;
	return deadline;
}

void async__ring_reap(struct async_loop *loop)
{
	(void)loop;
}

bool async__ring_done(const struct async__ring *ring)
{
	(void)ring;
	return false;
}

void async__ring_renew(struct async_loop *loop)
{
	(void)loop;
}

void async__ring_close(struct async_loop *loop)
{
	(void)loop;
}

#endif

ASYNC__EXPORT int async_file_backend(void)
{
	struct async_loop *loop = async__loop_get();
	int error;

	if (!loop)
		return -ENOMEM;
	error = async__poll_open(loop);
	if (!error && ring_for(loop, chosen_backend(), 0, &error))
		return ASYNC_FILES_RING;
	return error ? error : ASYNC_FILES_POOL;
}
