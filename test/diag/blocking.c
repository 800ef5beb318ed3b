// Calls that block the thread, in async functions.
// RUN: %asyncc -fsyntax-only -fdiagnostics-print-source-range-info %s 2>&1 | FileCheck %s
// RUN: %clang14 -fsyntax-only -fdiagnostics-print-source-range-info %s 2>&1 | FileCheck %s
// RUN: %gcc -c %s -o %t.o 2>&1 | FileCheck %s --check-prefix=PLAIN
// RUN: %asyncc -fsyntax-only -O2 -D_FORTIFY_SOURCE=2 %s 2>&1 | FileCheck %s --check-prefix=PLAIN
// REQUIRES: llvm14
#include <asyncc.h>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static sem_t semaphore;

async int blocks(int fd, pid_t child, pthread_t thread)
{
	char buf[64];
	int status;
	struct addrinfo *list;
	struct epoll_event event;
	struct pollfd polled = {fd, POLLIN, 0};
	struct timespec second = {1, 0};
	fd_set set;

	sleep(1);
// CHECK: blocking.c:[[#@LINE-1]]:2:{[[#@LINE-1]]:2-[[#@LINE-1]]:10}: warning: call of 'sleep' blocks the thread and every task on it; use 'await async_sleep_ms' [-Wasync-blocking]{{$}}
// PLAIN: blocking.c:[[#@LINE-2]]:2: warning: call of 'sleep' blocks the thread and every task on it; use 'await async_sleep_ms' [-Wasync-blocking]{{$}}
	nanosleep(&second, NULL);
// CHECK: blocking.c:[[#@LINE-1]]:2:{{.*}} 'nanosleep' blocks {{.*}} 'await async_sleep_ns'
	if (read(fd, buf, sizeof buf) < write(fd, buf, 1))
// CHECK: blocking.c:[[#@LINE-1]]:6:{{.*}} 'read' blocks {{.*}} 'await async_read'
// PLAIN: blocking.c:[[#@LINE-2]]:6:{{.*}} 'read' blocks
// CHECK: blocking.c:[[#@LINE-3]]:34:{{.*}} 'write' blocks {{.*}} 'await async_write'
		recv(fd, buf, sizeof buf, MSG_PEEK);
// CHECK: blocking.c:[[#@LINE-1]]:3:{{.*}} 'recv' blocks
	while (accept(fd, NULL, NULL) < 0)
// CHECK: blocking.c:[[#@LINE-1]]:9:{{.*}} 'accept' blocks {{.*}} 'await async_accept'
		poll(&polled, 1, fd);
// CHECK: blocking.c:[[#@LINE-1]]:3:{{.*}} 'poll' blocks
	epoll_wait(fd, &event, 1, -1);
// CHECK: blocking.c:[[#@LINE-1]]:2:{{.*}} 'epoll_wait' blocks
	FD_ZERO(&set);
	select(1, &set, NULL, NULL, NULL);
// CHECK: blocking.c:[[#@LINE-1]]:2:{{.*}} 'select' blocks
	getaddrinfo("host", "80", NULL, &list);
// CHECK: blocking.c:[[#@LINE-1]]:2:{{.*}} 'getaddrinfo' blocks {{.*}} 'await async_getaddrinfo'
	if (system("true"))
// CHECK: blocking.c:[[#@LINE-1]]:6:{{.*}} 'system' blocks the thread and every task on it; use 'await async_process_start' [-Wasync-blocking]
		waitpid(child, &status, 0);
// CHECK: blocking.c:[[#@LINE-1]]:3:{{.*}} 'waitpid' blocks
	wait(&status);
// CHECK: blocking.c:[[#@LINE-1]]:2:{{.*}} 'wait' blocks
	flock(fd, LOCK_EX);
// CHECK: blocking.c:[[#@LINE-1]]:2:{{.*}} 'flock' blocks
	fcntl(fd, F_SETLKW, NULL);
// CHECK: blocking.c:[[#@LINE-1]]:2:{{.*}} 'fcntl' blocks
	pthread_join(thread, NULL);
// CHECK: blocking.c:[[#@LINE-1]]:2:{{.*}} 'pthread_join' blocks
	sem_wait(&semaphore);
// CHECK: blocking.c:[[#@LINE-1]]:2:{{.*}} 'sem_wait' blocks
	if (!fgets(buf, sizeof buf, stdin))
// CHECK: blocking.c:[[#@LINE-1]]:7:{{.*}} 'fgets' blocks
// PLAIN: blocking.c:[[#@LINE-2]]:7:{{.*}} 'fgets' blocks
		return getchar();
// CHECK: blocking.c:[[#@LINE-1]]:10:{{.*}} 'getchar' blocks
	return await async_yield();
}
// CHECK: 19 warnings generated
