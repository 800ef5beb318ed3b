/* Other programs and temporary files. Temporary files are removed at exit, also when
 * a signal ends the command. */
#include "wrapper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void out_of_memory(void)
{
	fputs("asyncc: error: out of memory\n", stderr);
	exit(1);
}

void *memory_grow(void *at, size_t size)
{
	at = realloc(at, size);
	if (!at)
		out_of_memory();
	return at;
}

void words_add(struct words *words, const char *word)
{
	if (words->len + 1 >= words->cap) {
		words->cap = words->cap ? 2 * words->cap : 16;
		words->at = memory_grow(words->at, words->cap * sizeof *words->at);
	}
	words->at[words->len++] = word;
	words->at[words->len] = NULL;
}

void words_add_all(struct words *words, const struct words *more)
{
	for (size_t i = 0; i < more->len; i++)
		words_add(words, more->at[i]);
}

char *formatted(const char *format, ...)
{
	va_list args;
	char *text;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		out_of_memory();
	va_end(args);
	return text;
}

void fatal(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("asyncc: error: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

void process_replace(const struct words *line)
{
	execvp(line->at[0], (char *const *)line->at);
	fatal("cannot run %s: %s", line->at[0], strerror(errno));
}

static pid_t start(const struct words *line, int input, int output)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		fatal("cannot start %s: %s", line->at[0], strerror(errno));
	if (pid > 0)
		return pid;
	if (input >= 0)
		dup2(input, STDIN_FILENO);
	if (output >= 0)
		dup2(output, STDOUT_FILENO);
	execvp(line->at[0], (char *const *)line->at);
	fprintf(stderr, "asyncc: error: cannot run %s: %s\n", line->at[0], strerror(errno));
	_exit(1);
}

static int wait_for(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fatal("waitpid: %s", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int process_run(const struct words *line, int input)
{
	if (input >= 0)
		lseek(input, 0, SEEK_SET);
	return wait_for(start(line, input, -1));
}

char *process_output(const struct words *line)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		fatal("pipe: %s", strerror(errno));
	pid_t pid = start(line, -1, ends[1]);
	close(ends[1]);
	size_t size;
	char *text = read_file(ends[0], &size);
	close(ends[0]);
	if (wait_for(pid) != 0)
		fatal("%s failed", line->at[0]);
	return text;
}

static struct words temporaries;

static void remove_temporaries(void)
{
	for (size_t i = 0; i < temporaries.len; i++)
		unlink(temporaries.at[i]);
}

static void end_by_signal(int number)
{
	remove_temporaries();
	signal(number, SIG_DFL);
	raise(number);
}

static void clean_up_at_exit(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
	atexit(remove_temporaries);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		signal(numbers[i], end_by_signal);
}

const char *temporary(const char *suffix)
{
	const char *folder = getenv("TMPDIR");
	char *path = formatted("%s/asyncc-XXXXXX%s", folder && *folder ? folder : "/tmp", suffix);
	int fd = mkostemps(path, (int)strlen(suffix), O_CLOEXEC);
	if (fd < 0)
		fatal("cannot make a temporary file: %s", strerror(errno));
	close(fd);
	if (temporaries.len == 0)
		clean_up_at_exit();
	words_add(&temporaries, path);
	return path;
}

char *read_file(int fd, size_t *size)
{
	size_t cap = 1 << 16;
	char *text = memory_grow(NULL, cap);
	ssize_t n;
	*size = 0;
	while ((n = read(fd, text + *size, cap - *size - 1)) != 0) {
		if (n < 0 && errno != EINTR)
			fatal("read: %s", strerror(errno));
		*size += n > 0 ? (size_t)n : 0;
		if (cap - *size < cap / 2)
			text = memory_grow(text, cap *= 2);
	}
	text[*size] = '\0';
	return text;
}

void write_file(const char *path, const char *text, size_t size)
{
	FILE *file = fopen(path, "we");
	if (!file || fwrite(text, 1, size, file) != size || fclose(file) != 0)
		fatal("cannot write %s: %s", path, strerror(errno));
}
