/* Loops of several threads run at the same time, each with tasks, timers and sockets of its
 * own, and a connection is handed from one to another. */
// RUN: %cc_plain %s -o %t %runtime_link && %t
#include "Inputs/hand.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#define THREADS 3

struct talker {
	struct co co;
	int fd, rounds, result;
	bool first;
};
CO(talker)
{
	ssize_t n;
	int r;

	BEGIN;
	while (self->rounds-- > 0) {
		if (self->first) {
			AWAIT(n, async__write_full(self->fd, &self->rounds, sizeof(int)));
			CHECK(n == sizeof(int));
		}
		AWAIT(n, async__read_full(self->fd, &self->result, sizeof(int)));
		CHECK(n == sizeof(int) && self->result == self->rounds);
		if (!self->first) {
			AWAIT(n, async__write_full(self->fd, &self->rounds, sizeof(int)));
			CHECK(n == sizeof(int));
		}
	}
	AWAIT(r, async__sleep_ms(1));
	CHECK(r == 0);
	async_release_fd(self->fd);
	RETURN(0);
	END;
}

static void *thread(void *arg)
{
	CHECK(run(talker, arg) == 0);
	return NULL;
}

int main(void)
{
	static struct talker talkers[2 * THREADS];
	pthread_t threads[2 * THREADS];
	int pairs[THREADS][2];

	for (int i = 0; i < THREADS; i++)
		CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]) == 0);
	for (int turn = 0; turn < 2; turn++) {
		for (int i = 0; i < 2 * THREADS; i++) {
			talkers[i] = (struct talker){
				.fd = pairs[i / 2][(i + turn) % 2],
				.rounds = 500,
				.first = i % 2,
			};
			CHECK(pthread_create(&threads[i], NULL, thread, &talkers[i]) == 0);
		}
		for (int i = 0; i < 2 * THREADS; i++)
			pthread_join(threads[i], NULL);
	}
	for (int i = 0; i < THREADS; i++) {
		close(pairs[i][0]);
		close(pairs[i][1]);
	}
	return 0;
}
