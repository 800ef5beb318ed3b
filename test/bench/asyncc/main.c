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
	long (*run_plain)(long n, long m);
} tests[] = {
	/* clang-format off: one a line */
	{"sleep", .run = test_sleep},
	{"sleepvirtual", .run = test_sleep_virtual},
	{"timers", .run = test_timers},
	{"switch", .run = test_switch},
	{"fib", .run = test_fib},
	{"chain", .run = test_chain},
	{"chaincalls", .run = test_chain_calls},
	{"leaf", .run = test_leaf},
	{"leafcalls", .run = test_leaf_calls},
	{"depth", .run = test_depth},
	{"deepyield", .run = test_deep_yield},
	{"tail", .run = test_tail},
	{"compute", .run = test_compute},
	{"spawn", .run = test_spawn},
	{"group", .run = test_group},
	{"skynet", .run = test_skynet},
	{"timeout", .run = test_timeout},
	{"offload", .run = test_offload},
	{"generator", .run = test_generator},
	{"pingpong", .run = test_pingpong},
	{"chan", .run = test_chan},
	{"unbounded", .run = test_unbounded},
	{"broadcast", .run = test_broadcast},
	{"watch", .run = test_watch},
	{"select", .run = test_select},
	{"mutex", .run = test_mutex},
	{"mutexwait", .run = test_mutex_wait},
	{"rwlock", .run = test_rwlock},
	{"rwlockwait", .run = test_rwlock_wait},
	{"sem", .run = test_semaphore},
	{"semwait", .run = test_semaphore_wait},
	{"event", .run = test_event},
	{"cond", .run = test_cond},
	{"barrier", .run = test_barrier},
	{"once", .run = test_once},
	{"echo", .run = test_echo},
	{"echolean", .run = test_echo_lean},
	{"fileread", .run = test_file_read},
	{"filescan", .run = test_file_scan},
	{"filefill", .run = test_file_fill},
	{"filemake", .run = test_file_make},
	{"fileload", .run = test_file_load},
	{"filestat", .run = test_file_stat},
	{"fileremove", .run = test_file_remove},
	{"echoworkers", .run_plain = test_echo_workers},
	{"switchworkers", .run_plain = test_switch_workers},
	/* clang-format on */
};

static const struct test *find(const char *name)
{
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		if (strcmp(tests[i].name, name) == 0)
			return &tests[i];
	return NULL;
}

static long run(const struct test *test, long n, long m)
{
	return test->run ? async_run(test->run(n, m)) : test->run_plain(n, m);
}

int main(int argc, char **argv)
{
	const struct test *test = argc > 1 ? find(argv[1]) : NULL;
	long ops;

	if (!test)
		return BENCH_NO_TEST;
	bench_start();
	ops = run(test, arg(argc, argv, 2, 1), arg(argc, argv, 3, 1));
	if (ops < 0) {
		fprintf(stderr, "%s: %s\n", test->name, strerror((int)-ops));
		return 1;
	}
	if (ops > 0)
		printf("ns %.3f\n", (cpu_ns() - started) / (double)ops);
	fprintf(stderr, "# %ld\n", bench_result);
	return 0;
}
