// Calls that say that they do not wait, or that nobody evaluates; and functions that wait seldom.
// RUN: %asyncc -fsyntax-only -Wall -Wextra -Wasync -Werror %s 2>&1 | count 0
// RUN: %clang14 -fsyntax-only -Wall -Wextra -Werror %s 2>&1 | count 0
// RUN: %gcc -c -Wall -Wextra -Wasync -Werror %s -o %t.o 2>&1 | count 0
// REQUIRES: llvm14
#include <asyncc.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int shared;

static ssize_t quiet_write(const char *text)
{
	return write(STDERR_FILENO, text, 1);
}

/* A function of the program's own that happens to have this name. */
static int connect_all(int n);
static int wait_for(int n)
{
	return n + connect_all(n);
}

static int connect_all(int n)
{
	return n > 0 ? wait_for(n - 1) : 0;
}

static void blocks_elsewhere(void)
{
	sleep(1);
}

int plain(void)
{
	blocks_elsewhere();
	return (int)sleep(1);
}

static ssize_t try_read(int fd, char *buf)
{
	return read(fd, buf, 1);
}

async int ready(int fd)
{
	char buf[64];

	while (read(fd, buf, sizeof buf) < 0 || try_read(fd, buf) < 0)
		await async_wait_fd(fd, POLLIN);
	return send(fd, buf, 1, 0) < 0 && accept(fd, NULL, NULL) < 0;
}

static void settles(void)
{
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wasync-blocking"
	usleep(1);
#pragma clang diagnostic pop
}

async void calls_settles(void)
{
	settles();
	await async_yield();
}

async int quiet(int fd, FILE *file, int flags)
{
	char buf[64];
	int status;
	struct pollfd polled = {fd, POLLIN, 0};
	struct timeval none = {0, 0};
	void (*later)(void) = blocks_elsewhere;

	if (recv(fd, buf, sizeof buf, MSG_DONTWAIT | MSG_PEEK) < 0 || recv(fd, buf, 1, flags) < 0)
		return poll(&polled, 1, 0);
	if (waitpid(-1, &status, WNOHANG) > 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return fcntl(fd, F_GETFL);
	select(0, NULL, NULL, NULL, &none);
	if (write(STDOUT_FILENO, "x", 1) < quiet_write("y"))
		printf("%zu\n", sizeof(sleep(1)));
	if (fgets(buf, sizeof buf, file) && fputs(buf, file) != EOF)
		later = NULL;
	pthread_mutex_lock(&mutex);
	shared += wait_for(fd);
	pthread_mutex_unlock(&mutex);
	return await async_yield() + (later == NULL);
}
