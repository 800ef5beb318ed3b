/* Processes: starting programs, talking to them, waiting for their end.
 *
 *     ASYNC_PROCESS(sort, 1000);
 *     char *const argv[] = {"sort", "-u", NULL};
 *     struct async_output out = {0};
 *
 *     r = await async_process_start(&sort, &(struct async_command){
 *             .argv = argv, .in = ASYNC_PIPE, .out = ASYNC_PIPE});
 *     if (r == 0)
 *             r = await async_process_communicate(&sort, text, strlen(text), &out, NULL);
 *
 * A process that has been started is a variable of the program. It is to be waited for, as
 * else it stays a zombie until the program ends, and closed. The end of a process is seen
 * through a pidfd, or, before Linux 5.3, by SIGCHLD, which signal.h then has a hand on. SIGCHLD
 * must not be ignored, and nobody else may wait for all children: waits give -ECHILD then.
 *
 * Waits and pipes give -ECANCELED in a cancelled task; the process runs on, unless it was
 * declared by ASYNC_PROCESS or is ended by async_process_end. All functions are for the thread
 * that started the process.
 */
#ifndef ASYNCC_PROCESS_H
#define ASYNCC_PROCESS_H

#include <asyncc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For the standard descriptors of a new process; a number above 0 is a descriptor of the
 * program's own, which stays open. */
#define ASYNC_INHERIT 0   /* the program's own of the same number */
#define ASYNC_PIPE (-1)   /* a pipe to the program */
#define ASYNC_NULL (-2)   /* /dev/null */
#define ASYNC_PTY (-3)    /* a terminal of its own, the same for all that are given this */
#define ASYNC_STDOUT (-4) /* for err: where out goes */

/* Another descriptor: the program's from is to in the new process. */
struct async_descriptor {
	int from, to;
};

/* Flags */
#define ASYNC_NEW_SESSION 1 /* setsid(2); ASYNC_PTY implies it */
#define ASYNC_NEW_GROUP 2   /* a process group of its own, which signals go to */

/* What to start. Zeroes are good for all but argv or shell. */
struct async_command {
	char *const *argv;   /* the name is looked up in $PATH unless it has a slash */
	const char *shell;   /* instead: a command line for /bin/sh */
	const char *program; /* what to execute, if not argv[0] */
	char *const *env;    /* NULL: the program's own */
	const char *cwd;     /* the directory to start in; NULL: the program's own */
	int in, out, err;
	const struct async_descriptor *descriptors;
	size_t descriptor_count;
	unsigned flags;
	unsigned short rows, columns; /* of the terminal; 0: as the system has it */
};

struct async_process {
	pid_t pid;
	int in, out, err; /* the program's ends of pipes, or the terminal's master side; or -1 */
	int status;       /* once it is known, as of waitpid(2); -1 before */
	/* Private */
	int pidfd;
	bool started, group, ending;
	int64_t grace_ms;
};
/* Not started. */
#define ASYNC_PROCESS_INIT {0, -1, -1, -1, -1, -1, 0, 0, 0, 0}

/* Starts a program, on a thread of the pool. Gives 0 when it runs, or a negative errno and
 * nothing is left: of execve(2), such as -ENOENT or -EACCES for the program or its directory,
 * of pipe(2) or fork(2), -EINVAL for contradictory wishes, -ENOMEM. It begins with no signal
 * blocked and SIGPIPE at its default; descriptors with FD_CLOEXEC, as all that this library
 * opens, are closed in it. When the task is cancelled meanwhile, it has either started, with
 * 0, or not, with -ECANCELED. */
_Async int async_process_start(struct async_process *process, const struct async_command *command);

/* Waits until the process has ended. Gives its status, for WIFEXITED, WEXITSTATUS, WIFSIGNALED
 * and so on (sys/wait.h, waitpid(2)) or async_exit_code; at once if it is known already. -EBUSY
 * when another task waits; -ECHILD when somebody else has waited for it; -EINVAL when it was not
 * started. */
_Async int async_process_wait(struct async_process *process);
/* The same as a case of async_select. */
#define async_on_process_end(process) {.kind = &async__on_process_end, .object = (process)}

/* The exit code of a status, or 128 and the signal's number, as shells have it. On any
 * thread. */
int async_exit_code(int status);

/* Sends a signal to the process, or to its group with ASYNC_NEW_GROUP or a session of its
 * own. Gives 0, -ESRCH when its end is known, -EINVAL when it was not started, or the negative
 * errno of kill(2). */
int async_process_kill(struct async_process *process, int signal);

/* What a process has written. */
struct async_output {
	char *data; /* a null byte behind it; to be freed by free(3); may be NULL */
	size_t len;
	size_t limit; /* the most that is taken; 0: any amount */
	size_t size;  /* private */
};

/* Writes len bytes to the process's standard input and closes it, takes what comes from its
 * standard output and error until they are closed, and waits for its end: all at the same
 * time. Only ends that are pipes, or the terminal, take part; what comes for a NULL out or err
 * is dropped, and a process that stops reading misses the rest of the input. Gives its status;
 * or -EFBIG when it writes more than the limit, -ENOMEM, a negative errno of read(2), write(2)
 * or async_process_wait, or -ECANCELED. What had come by then is in out and err in each case,
 * and what comes later is put behind it by another call. Children of the process that keep its
 * output open keep this waiting. */
_Async int async_process_communicate(struct async_process *process, const void *input, size_t len,
				     struct async_output *out, struct async_output *err);

/* Starts a command and communicates with it. Gives its status, or what async_process_start or
 * async_process_communicate gives; on failure, and when cancelled, the process is ended, with a
 * second between SIGTERM and SIGKILL. */
_Async int async_command_run(const struct async_command *command, const void *input, size_t len,
			     struct async_output *out, struct async_output *err);

/* Ends a process and closes it: closes its standard input, sends SIGTERM unless it has ended,
 * waits up to grace_ms milliseconds, sends SIGKILL, and waits. Signals go to its group if it
 * has one; what is left of that when the process itself has ended is killed. Works in a cancelled
 * task as in any other, and is not cut short. Gives the status, or -ECHILD; or 0 when it was not
 * started or is closed. */
_Async int async_process_end(struct async_process *process, int64_t grace_ms);

/* Closes the program's ends and forgets the process, which is as not started then. Tasks that
 * wait for it get -EBADF. Not async. */
void async_process_close(struct async_process *process);

/* Declares a process of this name, not started. Wherever the block around is left, it is ended
 * as by async_process_end. To be used in a block, in an async function. */
#define ASYNC_PROCESS(name, milliseconds)                                                          \
	__attribute__((cleanup(async_process_leave))) struct async_process name = {                \
		0, -1, -1, -1, -1, -1, 0, 0, 0, (milliseconds)}
_Async int async_process_leave(struct async_process *process);

extern const struct async__case_kind async__on_process_end;

#ifdef __cplusplus
}
#endif

#endif
