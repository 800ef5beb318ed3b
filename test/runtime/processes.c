/* Processes: what they are given, what they say, how they end, and how they are ended. */
// RUN: rm -rf %t.d && mkdir %t.d
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t
// RUN: %t %t.d && env ASYNC_FORCE_SUSPEND=1 %t %t.d && %t %t.d without-pidfd
// RUN: env ASYNC_FORCE_SUSPEND=1 %t %t.d without-pidfd
#define _GNU_SOURCE
#include "Inputs/files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIG ((size_t)1 << 20)

static bool without_pidfd;

#define ARGV(...) (char *[]){__VA_ARGS__, NULL}

/* Starts it, without a pidfd when that is asked for: the call of that name fails then. */
async static int start(struct async_process *process, const struct async_command *command)
{
	int r;

	for (unsigned long n = 1; without_pidfd; n++) {
		async_test_fail_call(n, -ENOSYS);
		r = await async_process_start(process, command);
		async_test_fail_call(0, 0);
		if (r != -ENOSYS) {
			CHECK(r < 0 || process->pidfd < 0);
			return r;
		}
	}
	return await async_process_start(process, command);
}

async static int run(const struct async_command *command, const char *input,
		     struct async_output *out, struct async_output *err)
{
	ASYNC_PROCESS(process, 1000);
	int r = await start(&process, command);

	if (r)
		return r;
	r = await async_process_communicate(&process, input, input ? strlen(input) : 0, out, err);
	CHECK(r < 0 || (process.status == r && await async_process_wait(&process) == r));
	return r;
}

#define SAYS(text, ...) await says((text), &(struct async_command){__VA_ARGS__})

async static void says(const char *text, const struct async_command *command)
{
	struct async_output out = {0};
	int r = await run(command, NULL, &out, NULL);

	if (r || (out.data ? strcmp(out.data, text) : *text != '\0'))
		fprintf(stderr, "%d: %s\n", r, out.data);
	CHECK(r == 0 && (out.data ? !strcmp(out.data, text) : !*text));
	free(out.data);
}

async static void descriptors(void)
{
	char *env[] = {"A=b", NULL};
	int file = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct async_descriptor more[2] = {{file, 5}, {1, 6}};
	char buf[32] = "";

	SAYS("hello\n", .argv = ARGV("echo", "hello"), .out = ASYNC_PIPE);
	SAYS("hello\n", .shell = "echo hello", .out = ASYNC_PIPE);
	SAYS("A=b\n", .argv = ARGV("/usr/bin/env"), .env = env, .out = ASYNC_PIPE);
	SAYS("/\n", .argv = ARGV("pwd"), .cwd = "/", .out = ASYNC_PIPE);
	SAYS("name\n", .shell = "echo name", .program = "/bin/sh", .out = ASYNC_PIPE);
	SAYS("", .argv = ARGV("cat"), .in = ASYNC_NULL, .out = ASYNC_PIPE);
	SAYS("out\nerr\n", .shell = "echo out; echo err >&2", .out = ASYNC_PIPE, .err = ASYNC_STDOUT);
	SAYS("", .shell = "echo $0 >&5", .descriptors = more, .descriptor_count = 2);
	CHECK(pread(file, buf, sizeof buf, 0) == 8 && !strcmp(buf, "/bin/sh\n"));
	SAYS("", .shell = "echo direct", .out = file);
	CHECK(pread(file, buf, sizeof buf, 8) == 7 && !memcmp(buf, "direct\n", 7));
	CHECK(lseek(file, 0, SEEK_SET) == 0);
	SAYS("/bin/sh\ndirect\n", .argv = ARGV("cat"), .in = file, .out = ASYNC_PIPE);
	/* Nothing else of the program's is open there. */
	SAYS("0\n1\n2\n3\n", .argv = ARGV("ls", "/proc/self/fd"), .in = ASYNC_NULL,
	     .out = ASYNC_PIPE);
	CHECK(await async_close(file) == 0 && unlink("file") == 0);
}

async static void failures(void)
{
	struct async_process process;

	CHECK(await start(&process, &(struct async_command){.argv = ARGV("/nothing")}) == -ENOENT);
	CHECK(await start(&process, &(struct async_command){.argv = ARGV("/")}) == -EACCES);
	CHECK(await start(&process, &(struct async_command){.argv = ARGV("true"), .cwd = "no"}) ==
	      -ENOENT);
	CHECK(await start(&process, &(struct async_command){.argv = ARGV("true"), .in = 999}) ==
	      -EBADF);
	CHECK(await start(&process, &(struct async_command){.argv = ARGV("true"), .in = -9}) ==
	      -EINVAL);
	CHECK(await start(&process, &(struct async_command){.in = 1}) == -EINVAL);
	CHECK(await start(&process, &(struct async_command){.shell = "x", .flags = 99}) == -EINVAL);
	CHECK(await async_process_wait(&process) == -EINVAL);
	CHECK(async_process_kill(&process, SIGTERM) == -EINVAL);
	CHECK(await async_process_end(&process, 0) == 0);
	async_process_close(&process);
}

/* More in each direction than any pipe holds. */
async static void large(void)
{
	char *input = malloc(BIG + 1);
	struct async_output out = {0}, err = {0};

	memset(input, 'x', BIG);
	input[BIG] = '\0';
	CHECK(await run(&(struct async_command){.shell = "tee /dev/stderr", .in = ASYNC_PIPE,
						.out = ASYNC_PIPE, .err = ASYNC_PIPE},
			input, &out, &err) == 0);
	CHECK(out.len == BIG && err.len == BIG && !strcmp(out.data, input) && !strcmp(err.data, input));
	free(out.data);
	free(err.data);
	/* Who does not read misses it; what nobody wants is dropped; what is too much, refused. */
	CHECK(await run(&(struct async_command){.shell = "exit 7", .in = ASYNC_PIPE}, input, NULL,
			NULL) == 7 << 8);
	CHECK(await run(&(struct async_command){.shell = "cat; kill -9 $$", .in = ASYNC_PIPE,
						.out = ASYNC_PIPE},
			input, NULL, NULL) == SIGKILL);
	out = (struct async_output){.limit = 1000};
	CHECK(await run(&(struct async_command){.shell = "cat", .in = ASYNC_PIPE, .out = ASYNC_PIPE},
			input, &out, NULL) == -EFBIG);
	CHECK(out.len == 1000 && strlen(out.data) == 1000);
	free(out.data);
	free(input);
}

async static int wait_for(struct async_process *process)
{
	return await async_process_wait(process);
}

async static void ends(void)
{
	struct async_process process;
	async_task(int) task;
	int value;

	CHECK(await start(&process, &(struct async_command){.shell = "exit 3"}) == 0);
	value = await async_process_wait(&process);
	CHECK(WIFEXITED(value) && async_exit_code(value) == 3 && process.status == value);
	CHECK(await async_process_wait(&process) == value);
	CHECK(async_process_kill(&process, SIGTERM) == -ESRCH);
	async_process_close(&process);
	CHECK(await start(&process, &(struct async_command){.argv = ARGV("sleep", "1000")}) == 0);
	value = async_await_timeout(5, async_process_wait(&process));
	CHECK(value == -ETIMEDOUT);
	CHECK(await async_select(&value, async_on_process_end(&process), async_on_timeout(1)) == 1);
	task = async_spawn(wait_for(&process));
	CHECK(await async_yield() == 0 && async_process_kill(&process, SIGTERM) == 0);
	value = await async_join(task);
	CHECK(WIFSIGNALED(value) && async_exit_code(value) == 128 + SIGTERM);
	CHECK(await async_select(&value, async_on_process_end(&process)) == 0);
	CHECK(value == process.status);
	async_process_close(&process);
	CHECK(await start(&process, &(struct async_command){.argv = ARGV("sleep", "1000")}) == 0);
	CHECK(async_process_kill(&process, SIGKILL) == 0);
	CHECK(await async_select(&value, async_on_timeout(60000), async_on_process_end(&process)) ==
	      1);
	CHECK(value == SIGKILL);
	async_process_close(&process);
	/* Others who wait when it is ended. */
	CHECK(await start(&process, &(struct async_command){.argv = ARGV("sleep", "1000")}) == 0);
	task = async_spawn(wait_for(&process));
	CHECK(await async_yield() == 0);
	CHECK(await async_process_end(&process, 1000) == SIGTERM);
	CHECK(await async_join(task) == -EBADF);
}

/* Whether it is there no more, nor anything of its group: that was killed, but the kernel may
 * not be done with it yet. What nobody waits for does not count. */
async static bool is_gone(pid_t pid)
{
	char command[80];
	int left = 0;

	snprintf(command, sizeof command, "! ps -eo pgid=,stat= | grep -q '^ *%d [^Z]'", pid);
	for (int i = 0; i < 100; i++) {
		left = await async_command_run(&(struct async_command){.shell = command}, NULL, 0,
					       NULL, NULL);
		if (!left)
			break;
		CHECK(await async_sleep_ms(10) == 0);
	}
	return kill(pid, 0) < 0 && !left;
}

/* Waits until it says that it is ready. */
async static pid_t start_stubborn(struct async_process *process, bool stubborn, unsigned flags)
{
	char *script = stubborn ? "trap '' TERM; echo; while :; do sleep 1000; done"
				: "(trap '' TERM; echo; sleep 1000) & wait";
	char byte;

	CHECK(await start(process, &(struct async_command){
					   .shell = script, .out = ASYNC_PIPE, .flags = flags}) == 0);
	CHECK(await async_read(process->out, &byte, 1) == 1);
	return process->pid;
}

async static pid_t leave_by_return(bool stubborn)
{
	ASYNC_PROCESS(process, stubborn ? 10 : 60000);

	return await start_stubborn(&process, stubborn, ASYNC_NEW_GROUP);
}

async static int leave_cancelled(pid_t *pid)
{
	ASYNC_PROCESS(process, 60000);

	*pid = await start_stubborn(&process, false, ASYNC_NEW_SESSION);
	return await async_process_wait(&process);
}

async static void scopes(void)
{
	pid_t pid = await leave_by_return(false);
	async_task(int) task;

	CHECK(await is_gone(pid));
	{
		struct async_output out = {0};
		int r = await async_command_run(&(struct async_command){.argv = ARGV("cat"),
									.in = ASYNC_PIPE,
									.out = ASYNC_PIPE},
						"text", 4, &out, NULL);

		CHECK(r == 0 && !strcmp(out.data, "text"));
		free(out.data);
		r = async_await_timeout(
			50, async_command_run(&(struct async_command){.shell = "sleep 1000; :",
								      .flags = ASYNC_NEW_GROUP},
					      NULL, 0, NULL, NULL));
		CHECK(r == -ETIMEDOUT);
	}
	pid = await leave_by_return(true);
	CHECK(await is_gone(pid));
	pid = 0;
	task = async_spawn(leave_cancelled(&pid));
	while (!pid)
		CHECK(await async_yield() == 0);
	async_cancel(task);
	CHECK(await async_join(task) == -ECANCELED && await is_gone(pid));
	{
		ASYNC_PROCESS(never, 10);
	}
}

async static void terminal(void)
{
	struct async_output out = {0};
	struct async_process process;
	struct winsize size;
	int r;

	CHECK(await start(&process, &(struct async_command){.shell = "tty; stty size; read a; echo $a; "
								     "ps -o tty= $$ | wc -l",
							    .in = ASYNC_PTY,
							    .out = ASYNC_PTY,
							    .err = ASYNC_PTY,
							    .rows = 25,
							    .columns = 91}) == 0);
	CHECK(process.in == process.out && process.out == process.err);
	CHECK(!ioctl(process.out, TIOCGWINSZ, &size) && size.ws_col == 91);
	r = await async_process_communicate(&process, "typed\n", 6, &out, NULL);
	CHECK(r == 0 && strstr(out.data, "/dev/pts/") && strstr(out.data, "25 91"));
	CHECK(strstr(out.data, "typed") && strstr(out.data, "1\r\n"));
	free(out.data);
	async_process_close(&process);
	SAYS("not a tty\n", .shell = "tty; true", .in = ASYNC_NULL, .out = ASYNC_PIPE, .err = ASYNC_PTY);
}

async static int all(void)
{
	await descriptors();
	await failures();
	await large();
	await ends();
	await scopes();
	await terminal();
	return 0;
}

int main(int argc, char **argv)
{
	CHECK(argc >= 2 && chdir(argv[1]) == 0);
	without_pidfd = argc > 2;
	RUN_TWICE(all());
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	return 0;
}
