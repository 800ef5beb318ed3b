/* After a fork, the child has a thread pool of its own and ends without waiting for the
 * parent's threads. */
// RUN: %cc_plain %s -o %t %runtime_link && %t
#include "Inputs/hand.h"

#include <netdb.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

struct query {
	struct co co;
	struct addrinfo *list;
};
CO(query)
{
	int r;

	BEGIN;
	AWAIT(r, async__getaddrinfo("localhost", "80", NULL, &self->list));
	CHECK(r == 0);
	freeaddrinfo(self->list);
	RETURN(r);
	END;
}

static void *query_thread(void *arg)
{
	static struct query q;

	CHECK(run(query, &q) == 0);
	return arg;
}

int main(void)
{
	pthread_t thread;
	int status;
	pid_t child;

	query_thread(NULL);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		CHECK(pthread_create(&thread, NULL, query_thread, NULL) == 0);
		pthread_join(thread, NULL);
		exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	query_thread(NULL);
	return 0;
}
