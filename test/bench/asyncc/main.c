/* Our program of the benchmark: every test through the public interface, as anyone would
 * write it. See ../peers/bench.h for the command line and what is printed. */
#include "tests.h"

#include <stdio.h>
#include <string.h>

long bench_result;
static double started;

void bench_start(void)
{
	started = cpu_ns();
}

static const struct test {
	const char *name;
	async long (*run)(long n, long m);
} tests[] = {
	/* clang-format off: one a line */
	{"sleep", test_sleep},
	{"sleepvirtual", test_sleep_virtual},
	{"timers", test_timers},
	{"switch", test_switch},
	{"fib", test_fib},
	{"chain", test_chain},
	{"chaincalls", test_chain_calls},
	{"leaf", test_leaf},
	{"leafcalls", test_leaf_calls},
	{"depth", test_depth},
	{"tail", test_tail},
	{"compute", test_compute},
	{"spawn", test_spawn},
	{"group", test_group},
	{"skynet", test_skynet},
	{"pingpong", test_pingpong},
	{"chan", test_chan},
	{"unbounded", test_unbounded},
	{"broadcast", test_broadcast},
	{"watch", test_watch},
	{"select", test_select},
	{"mutex", test_mutex},
	{"mutexwait", test_mutex_wait},
	{"rwlock", test_rwlock},
	{"rwlockwait", test_rwlock_wait},
	{"sem", test_semaphore},
	{"semwait", test_semaphore_wait},
	{"event", test_event},
	{"cond", test_cond},
	{"echo", test_echo},
	{"echolean", test_echo_lean},
	/* clang-format on */
};

static const struct test *find(const char *name)
{
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		if (strcmp(tests[i].name, name) == 0)
			return &tests[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct test *test = argc > 1 ? find(argv[1]) : NULL;
	long ops;

	if (!test)
		return BENCH_NO_TEST;
	bench_start();
	ops = async_run(test->run(arg(argc, argv, 2, 1), arg(argc, argv, 3, 1)));
	if (ops < 0) {
		fprintf(stderr, "%s: %s\n", test->name, strerror((int)-ops));
		return 1;
	}
	if (ops > 0)
		printf("ns %.3f\n", (cpu_ns() - started) / (double)ops);
	fprintf(stderr, "# %ld\n", bench_result);
	return 0;
}
