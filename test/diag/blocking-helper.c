// Blocking calls are found through plain functions of the file, and by ASYNC_BLOCKING.
// RUN: %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: %clang14 -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: %gcc -c %s -o %t.o 2>&1 | FileCheck %s
// RUN: %cc_plain -c %s -o %t.o
// RUN: gcc -I%src/include -Wall -Wextra -Werror -c %s -o %t.o
// REQUIRES: llvm14, gcc
#include <asyncc.h>

#include <netdb.h>
#include <unistd.h>

struct db;
int db_query(struct db *db, const char *text) ASYNC_BLOCKING;
ASYNC_BLOCKING void heavy(int rounds);
void heavy(int rounds);

static int look_up(const char *name, int again)
{
	struct addrinfo *list;
	if (again)
		return look_up(name, again - 1);
	return getaddrinfo(name, NULL, NULL, &list);
// CHECK-DAG: blocking-helper.c:[[#@LINE-1]]:9: note: 'look_up' calls 'getaddrinfo' here
}

static int refresh(int n)
{
	return n ? look_up("host", n) : 0;
// CHECK-DAG: blocking-helper.c:[[#@LINE-1]]:13: note: 'refresh' calls 'look_up' here
}

static void stores(struct db *db)
{
	db_query(db, "commit");
// CHECK-DAG: blocking-helper.c:[[#@LINE-1]]:2: note: 'stores' calls 'db_query' here
}

ASYNC_BLOCKING static int busy(int n)
{
	while (n % 7)
		n *= 3;
	return n;
}

static void reads_and_sleeps(int fd)
{
	char c;
	if (read(fd, &c, 1) == 0)
		sleep(1);
// CHECK-DAG: blocking-helper.c:[[#@LINE-1]]:3: note: 'reads_and_sleeps' calls 'sleep' here
}

async int ready(int fd)
{
	reads_and_sleeps(fd);
// CHECK-DAG: blocking-helper.c:[[#@LINE-1]]:2: warning: call of 'reads_and_sleeps' blocks
	return await async_wait_fd(fd, 1);
}

async int uses(struct db *db, int n)
{
	n += refresh(n);
// CHECK-DAG: blocking-helper.c:[[#@LINE-1]]:7: warning: call of 'refresh' blocks the thread and every task on it [-Wasync-blocking]
	stores(db);
// CHECK-DAG: blocking-helper.c:[[#@LINE-1]]:2: warning: call of 'stores' blocks the thread and every task on it [-Wasync-blocking]
	heavy(n);
// CHECK-DAG: blocking-helper.c:[[#@LINE-1]]:2: warning: call of 'heavy' blocks the thread and every task on it [-Wasync-blocking]
	return busy(n) + db_query(db, "select") + await async_yield();
// CHECK-DAG: blocking-helper.c:[[#@LINE-1]]:9: warning: call of 'busy' blocks
// CHECK-DAG: blocking-helper.c:[[#@LINE-2]]:19: warning: call of 'db_query' blocks
}
// CHECK: 6 warnings generated
