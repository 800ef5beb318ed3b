/* Processes: posix_spawn(3) on a thread of the pool, as it returns only when the program runs
 * or could not be executed; the end of a process by its pidfd, which is a descriptor like
 * others to the loop, or by SIGCHLD where the kernel has no such thing.
 */
#include "internal.h"

#include <asyncc/process.h>
#include <asyncc/signal.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define RESULT(name, ...)                                                                          \
	struct async_result_int async__##name(__VA_ARGS__) ASYNC__NAME(async_##name);              \
	ASYNC__EXPORT struct async_result_int async__##name(__VA_ARGS__)

static void close_end(int *fd)
{
	if (*fd < 0)
		return;
	async__fd_forget(async__loop, *fd);
	close(*fd);
	*fd = -1;
}

/* Starting */

struct start {
	struct async_frame frame;
	int error; /* of the call awaited */
	size_t size;
	struct async_process *process;
	const struct async_command *command;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	const char *program;
	char *const *argv;
	char *const *env;
	char *shell[4];
	pid_t pid;
	int ours[3];
	int terminal; /* the number that the new process has it at; -1: none */
	char terminal_name[64];
	int floor; /* no descriptor from here on is replaced in the new process */
	size_t theirs_count;
	int theirs[]; /* to be closed here when it has started */
};

static void start_close(struct start *start)
{
	for (size_t i = 0; i < start->theirs_count; i++)
		close(start->theirs[i]);
	posix_spawn_file_actions_destroy(&start->actions);
	posix_spawnattr_destroy(&start->attributes);
}

static void ours_close(struct start *start)
{
	for (int i = 0; i < 3; i++) {
		/* The terminal may be all of them. */
		for (int j = i + 1; j < 3; j++)
			if (start->ours[j] == start->ours[i])
				start->ours[j] = -1;
		if (start->ours[i] >= 0)
			close(start->ours[i]);
	}
}

static int add_their(struct start *start, int fd)
{
	if (fd < 0)
		return -errno;
	start->theirs[start->theirs_count++] = fd;
	return fd;
}

/* Makes from the descriptor to there. One that another might replace first is moved. */
static int map(struct start *start, int from, int to)
{
	if (from < start->floor) {
		from = add_their(start, ASYNC__CALL(fcntl(from, F_DUPFD_CLOEXEC, start->floor)));
		if (from < 0)
			return from;
	}
	return -posix_spawn_file_actions_adddup2(&start->actions, from, to);
}

static int map_pipe(struct start *start, int number)
{
	int fds[2], mine = number == STDIN_FILENO ? 1 : 0, their;

	if (ASYNC__CALL(pipe2(fds, O_CLOEXEC)))
		return -errno;
	start->ours[number] = fds[mine];
	their = add_their(start, fds[!mine]);
	if (ASYNC__CALL(fcntl(fds[mine], F_SETFL, O_NONBLOCK)))
		return -errno;
	return map(start, their, number);
}

static int map_null(struct start *start, int number)
{
	int fd = add_their(start, ASYNC__CALL(open("/dev/null", O_RDWR | O_CLOEXEC)));

	return fd < 0 ? fd : map(start, fd, number);
}

static int set_size(const struct start *start, int fd)
{
	struct winsize size = {
		.ws_row = start->command->rows,
		.ws_col = start->command->columns,
	};

	if (!size.ws_row && !size.ws_col)
		return 0;
	return ASYNC__CALL(ioctl(fd, TIOCSWINSZ, &size)) ? -errno : 0;
}

static int open_terminal(struct start *start, int number)
{
	int error, fd = ASYNC__CALL(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));

	if (fd < 0)
		return -errno;
	start->ours[number] = fd;
	if (grantpt(fd) || unlockpt(fd))
		return -errno;
	error = ptsname_r(fd, start->terminal_name, sizeof start->terminal_name);
	if (error)
		return -error;
	start->terminal = number;
	return set_size(start, fd);
}

/* The leader of a new session that opens a terminal gets it as its controlling one. */
static int map_terminal(struct start *start, int number)
{
	int error;

	if (start->terminal >= 0) {
		start->ours[number] = start->ours[start->terminal];
		return -posix_spawn_file_actions_adddup2(&start->actions, start->terminal, number);
	}
	error = open_terminal(start, number);
	if (error)
		return error;
	return -posix_spawn_file_actions_addopen(&start->actions, number, start->terminal_name,
						 O_RDWR, 0);
}

static int map_standard(struct start *start, int number, int wish)
{
	switch (wish) {
	case ASYNC_INHERIT:
		return 0;
	case ASYNC_PIPE:
		return map_pipe(start, number);
	case ASYNC_NULL:
		return map_null(start, number);
	case ASYNC_PTY:
		return map_terminal(start, number);
	case ASYNC_STDOUT:
		if (number != STDERR_FILENO)
			return -EINVAL;
		return -posix_spawn_file_actions_adddup2(&start->actions, STDOUT_FILENO, number);
	default:
		return wish < 0 ? -EINVAL : map(start, wish, number);
	}
}

static int map_all(struct start *start)
{
	const struct async_command *command = start->command;
	const int wishes[3] = {command->in, command->out, command->err};
	int error = 0;

	for (int i = 0; i < 3 && !error; i++)
		error = map_standard(start, i, wishes[i]);
	for (size_t i = 0; i < command->descriptor_count && !error; i++)
		error = map(start, command->descriptors[i].from, command->descriptors[i].to);
	return error;
}

static int set_attributes(struct start *start)
{
	const struct async_command *command = start->command;
	bool session = start->terminal >= 0 || command->flags & ASYNC_NEW_SESSION;
	short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t none, pipe;

	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	if (session)
		flags |= POSIX_SPAWN_SETSID;
	else if (command->flags & ASYNC_NEW_GROUP)
		flags |= POSIX_SPAWN_SETPGROUP;
	posix_spawnattr_setsigmask(&start->attributes, &none);
	posix_spawnattr_setsigdefault(&start->attributes, &pipe);
	start->process->group = session || command->flags & ASYNC_NEW_GROUP;
	return -posix_spawnattr_setflags(&start->attributes, flags);
}

static int choose_program(struct start *start)
{
	const struct async_command *command = start->command;

	if (!command->argv == !command->shell ||
	    command->flags & ~(unsigned)(ASYNC_NEW_SESSION | ASYNC_NEW_GROUP))
		return -EINVAL;
	start->argv = command->argv;
	if (command->shell) {
		start->shell[0] = (char *)(uintptr_t)"/bin/sh";
		start->shell[1] = (char *)(uintptr_t)"-c";
		start->shell[2] = (char *)(uintptr_t)command->shell;
		start->argv = start->shell;
	}
	start->program = command->program ? command->program : start->argv[0];
	start->env = command->env ? command->env : environ;
	return start->program ? 0 : -EINVAL;
}

static int prepare(struct start *start)
{
	const struct async_command *command = start->command;
	int error = choose_program(start);

	if (error)
		return error;
	error = -posix_spawn_file_actions_init(&start->actions);
	if (error)
		return error;
	error = -posix_spawnattr_init(&start->attributes);
	if (error) {
		posix_spawn_file_actions_destroy(&start->actions);
		return error;
	}
	error = map_all(start);
	if (!error)
		error = set_attributes(start);
	if (!error && command->cwd)
		error = -posix_spawn_file_actions_addchdir_np(&start->actions, command->cwd);
	if (error) {
		start_close(start);
		ours_close(start);
	}
	return error;
}

static int wait_blocking(struct async_process *process)
{
	pid_t pid;

	if (process->status >= 0)
		return process->status;
	do
		pid = waitpid(process->pid, &process->status, 0);
	while (pid < 0 && errno == EINTR);
	if (pid > 0)
		return process->status;
	process->status = -1;
	return -errno;
}

/* Sees to it that the loop will hear of the end. */
static int watch_end(struct async_loop *loop, struct async_process *process)
{
	int fd = (int)ASYNC__CALL(syscall(SYS_pidfd_open, process->pid, 0));
	int error;

	if (fd < 0)
		return async__signal_hold(loop, SIGCHLD);
	error = async__fd_fresh(loop, fd, 0);
	if (error) {
		close(fd);
		return error;
	}
	process->pidfd = fd;
	return 0;
}

/* It runs. */
static int adopt(struct async_loop *loop, struct start *start)
{
	struct async_process *process = start->process;
	int error = 0;

	process->pid = start->pid;
	process->started = true;
	for (int i = 0; i < 3 && !error; i++)
		if (start->ours[i] >= 0)
			error = async__fd_fresh(loop, start->ours[i], ASYNC__FD_NONBLOCK);
	if (!error)
		error = watch_end(loop, process);
	if (error) {
		async_process_kill(process, SIGKILL);
		wait_blocking(process);
		process->started = false;
		return error;
	}
	process->in = start->ours[0];
	process->out = start->ours[1];
	process->err = start->ours[2];
	return 0;
}

static int start_end(struct start *start, int error)
{
	start_close(start);
	if (!error)
		error = adopt(async__loop, start);
	if (error)
		ours_close(start);
	async__frame_free(&start->frame, start->size);
	return error;
}

static struct async_frame *start_resume(struct async_frame *frame)
{
	struct start *start = (struct start *)(void *)frame;
	struct async_frame *caller = frame->caller;

	*(int *)async__slot(caller) = start_end(start, start->error);
	return caller;
}

static const struct async__op start_op =
	ASYNC__FUNCTION(start_op, "async_process_start", struct start, error, start_resume);

struct spawn_job {
	struct async__blocking blocking;
	struct start *start;
};

static ssize_t spawn_call(struct async__blocking *blocking)
{
	struct start *start = ((struct spawn_job *)(void *)blocking)->start;

	return -posix_spawnp(&start->pid, start->program, &start->actions, &start->attributes,
			     start->argv, start->env);
}

static const struct async__op spawn_op = ASYNC__BLOCKING(spawn_op, "posix_spawn");

static struct async_result_int spawn(struct start *start)
{
	struct async_result_int result;
	int error;
	struct spawn_job *job = (struct spawn_job *)(void *)async__blocking_begin(
		&spawn_op, sizeof *job, spawn_call, &error);

	if (!job)
		return (struct async_result_int){NULL, start_end(start, error)};
	job->start = start;
	result = async__narrow(async__blocking_start(&job->blocking));
	if (!result.pending)
		return (struct async_result_int){NULL, start_end(start, result.value)};
	result.pending->caller = &start->frame;
	return (struct async_result_int){&start->frame, 0};
}

static int floor_of(const struct async_command *command)
{
	int floor = STDERR_FILENO + 1;

	for (size_t i = 0; i < command->descriptor_count; i++)
		if (command->descriptors[i].to >= floor)
			floor = command->descriptors[i].to + 1;
	return floor;
}

static struct start *start_new(struct async_process *process, const struct async_command *command)
{
	/* For each descriptor: what is opened for it and what that is moved to. */
	size_t size = sizeof(struct start) + 2 * (3 + command->descriptor_count) * sizeof(int);
	struct start *start = (struct start *)(void *)async__frame_try(size);

	if (!start)
		return NULL;
	*start = (struct start){
		.frame.point = &start_op.point,
		.size = size,
		.process = process,
		.command = command,
		.ours = {-1, -1, -1},
		.terminal = -1,
		.floor = floor_of(command),
	};
	return start;
}

RESULT(process_start, struct async_process *process, const struct async_command *command)
{
	struct async_loop *loop = async__loop;
	struct start *start;
	int error;

	*process = (struct async_process){
		.in = -1,
		.out = -1,
		.err = -1,
		.status = -1,
		.pidfd = -1,
		.grace_ms = process->grace_ms,
	};
	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	start = start_new(process, command);
	if (!start)
		return async__done_int(loop, -ENOMEM);
	error = prepare(start);
	if (!error)
		return spawn(start);
	async__frame_free(&start->frame, start->size);
	return async__done_int(loop, error);
}

/* Waiting */

/* Kills what is left of the group of a process that has ended. As long as nobody has waited
 * for that, the number of its group is nobody else's. */
static void kill_rest(const struct async_process *process)
{
	siginfo_t info = {.si_pid = 0};

	if (!waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid)
		kill(-process->pid, SIGKILL);
}

int async__process_reap(struct async_process *process)
{
	pid_t pid;
	int status;

	if (process->status >= 0)
		return process->status;
	if (process->ending && process->group)
		kill_rest(process);
	do
		pid = waitpid(process->pid, &status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid < 0)
		return -errno;
	if (!pid)
		return -EAGAIN;
	process->status = status;
	return status;
}

static ssize_t attempt_wait(struct async_loop *loop, struct async_task *task)
{
	int value = async__process_reap(task->u.io.buf);

	if (value == -EAGAIN)
		loop->fds[task->u.io.fd].flags &= ~(uint32_t)ASYNC__FD_MAYBE_READ;
	return value;
}

static const struct async__fd_op wait_op = {
	ASYNC__OP(wait_op.op, "async_process_wait", NULL, async__fd_cancel),
	.events = ASYNC_READABLE,
	.attempt = attempt_wait,
};

static void child_cancel(struct async_frame *op)
{
	struct async_task *task = async__op_task(op);

	async__child_leave(task);
	async__complete_int(async__loop, task, -ECANCELED);
}

static const struct async__op child_op =
	ASYNC__OP(child_op, "async_process_wait", NULL, child_cancel);

static struct async_result_int
wait_for_child(struct async_loop *loop, struct async_process *process, const struct async__op *op)
{
	async__child_enqueue(loop, loop->current, process);
	return (struct async_result_int){async__suspend(loop->current, op), 0};
}

/* Its status, or -EAGAIN once its end will be heard of. */
static int look(struct async_loop *loop, struct async_process *process)
{
	int error = 0;

	if (!process->started)
		return -EINVAL;
	if (process->pidfd < 0)
		error = async__signal_hold(loop, SIGCHLD);
	return error ? error : async__process_reap(process);
}

RESULT(process_wait, struct async_process *process)
{
	struct async_loop *loop = async__loop;
	int value;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	value = look(loop, process);
	if (value != -EAGAIN)
		return async__done_int(loop, value);
	if (process->pidfd >= 0)
		return async__narrow(async__fd_start(&wait_op, process->pidfd, process, 0));
	return wait_for_child(loop, process, &child_op);
}

ASYNC__EXPORT int async_exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* For async_select: an attempt begins to wait, as that may fail. */

static int fd_in_place_of(struct async_loop *loop, struct async_task *task,
			  struct async_process *process, const struct async__fd_op *op)
{
	struct async_task *current = loop->current;
	int error;

	if (loop->fds[process->pidfd].waiter[0])
		return -EBUSY;
	task->u.io.buf = process;
	task->u.io.fd = process->pidfd;
	task->u.io.events = ASYNC_READABLE;
	loop->current = task;
	error = async__fd_wait(loop, op);
	loop->current = current;
	return error ? error : -EAGAIN;
}

static int case_try(struct async_case *self)
{
	struct async_process *process = self->object;
	int value = look(async__loop, process);

	if (value != -EAGAIN)
		return value;
	if (process->pidfd >= 0)
		return fd_in_place_of(async__loop, &self->u.proxy.task, process, &wait_op);
	async__child_enqueue(async__loop, &self->u.proxy.task, process);
	return -EAGAIN;
}

static void case_leave(struct async_case *self)
{
	struct async_process *process = self->object;

	if (process->pidfd >= 0)
		async__fd_leave(async__loop, &self->u.proxy.task);
	else
		async__child_leave(&self->u.proxy.task);
}

ASYNC__EXPORT const struct async__case_kind async__on_process_end = {case_try, NULL, case_leave,
								     NULL};

/* Ending */

ASYNC__EXPORT int async_process_kill(struct async_process *process, int number)
{
	int r;

	if (!process->started)
		return -EINVAL;
	if (process->status >= 0)
		return -ESRCH;
	if (process->group)
		r = kill(-process->pid, number);
	else if (process->pidfd >= 0)
		r = (int)syscall(SYS_pidfd_send_signal, process->pidfd, number, NULL, 0);
	else
		r = kill(process->pid, number);
	return r ? -errno : 0;
}

ASYNC__EXPORT void async_process_close(struct async_process *process)
{
	if (!process->started)
		return;
	if (process->err == process->out || process->err == process->in)
		process->err = -1;
	if (process->out == process->in)
		process->out = -1;
	close_end(&process->in);
	close_end(&process->out);
	close_end(&process->err);
	if (process->pidfd < 0)
		async__child_forget(async__loop, process);
	close_end(&process->pidfd);
	process->started = false;
}

/* The frame of async_process_end. */
struct ending {
	struct async_frame frame;
	int status;
	struct async_process *process;
	struct async__alarm alarm;
	bool armed;
};

static void grace_over(struct async__alarm *alarm)
{
	struct ending *ending = async__container(alarm, struct ending, alarm);

	ending->armed = false;
	async_process_kill(ending->process, SIGKILL);
}

static struct async_frame *ending_resume(struct async_frame *frame)
{
	struct ending *ending = (struct ending *)(void *)frame;
	struct async_frame *caller = frame->caller;

	if (ending->armed)
		async__timer_remove(&async__loop->wheel, &ending->alarm.timer);
	async_process_close(ending->process);
	*(int *)async__slot(caller) = ending->status;
	async__frame_free(frame, sizeof *ending);
	return caller;
}

static const struct async__op ending_function =
	ASYNC__FUNCTION(ending_function, "async_process_end", struct ending, status, ending_resume);

/* Not cancelled. */
static const struct async__fd_op ending_op = {
	ASYNC__OP(ending_op.op, "(the end of the process)", NULL, NULL),
	.events = ASYNC_READABLE,
	.attempt = attempt_wait,
};

static const struct async__op ending_child_op =
	ASYNC__OP(ending_child_op, "(the end of the process)", NULL, NULL);

/* Others who wait are told that it is theirs no more. */
static int ending_suspend(struct async_loop *loop, struct async_process *process)
{
	int value;

	if (process->pidfd < 0) {
		async__child_forget(loop, process);
		wait_for_child(loop, process, &ending_child_op);
		return 0;
	}
	async__fd_forget(loop, process->pidfd);
	value = async__fd_fresh(loop, process->pidfd, 0);
	if (!value)
		value = fd_in_place_of(loop, loop->current, process, &ending_op);
	return value == -EAGAIN ? 0 : value;
}

/* Without means to wait. */
static int end_now(struct async_process *process)
{
	int status;

	async_process_kill(process, SIGKILL);
	status = wait_blocking(process);
	async_process_close(process);
	return status;
}

static struct async_result_int end_gently(struct async_loop *loop, struct async_process *process,
					  int64_t grace_ms)
{
	struct ending *ending = (struct ending *)(void *)async__frame_try(sizeof *ending);

	if (!ending)
		return async__done_int(loop, end_now(process));
	*ending = (struct ending){
		.frame.point = &ending_function.point,
		.process = process,
		.alarm.ring = grace_over,
	};
	if (ending_suspend(loop, process)) {
		async__frame_free(&ending->frame, sizeof *ending);
		return async__done_int(loop, end_now(process));
	}
	async_process_kill(process, grace_ms > 0 ? SIGTERM : SIGKILL);
	if (grace_ms > 0) {
		ending->armed = true;
		async__alarm_set(loop, &ending->alarm, grace_ms);
	}
	loop->current->op.caller = &ending->frame;
	return (struct async_result_int){&ending->frame, 0};
}

RESULT(process_end, struct async_process *process, int64_t grace_ms)
{
	struct async_loop *loop = async__loop;
	int status;

	if (!process->started)
		return async__done_int(loop, 0);
	process->ending = true;
	if (process->in != process->out && process->in != process->err)
		close_end(&process->in);
	status = look(loop, process);
	if (status == -EAGAIN)
		return end_gently(loop, process, grace_ms);
	if (status < 0)
		status = end_now(process);
	else
		async_process_close(process);
	return async__done_int(loop, status);
}

RESULT(process_leave, struct async_process *process)
{
	return async__process_end(process, process->grace_ms);
}
