#include "floor.h"

struct queue ready = QUEUE_INIT(ready);
struct task *pool;
long bench_result;
static double started;

void bench_start(void)
{
	started = cpu_ns();
}

/* clang-format off: one a line */
static const struct {
	const char *name;
	long (*run)(long n, long m);
} tests[] = {
	{"sleep", test_sleep},
	{"sleepvirtual", test_sleep_virtual},
	{"switch", test_switch},
	{"fib", test_fib},
	{"chain", test_chain},
	{"chaincalls", test_chain},
	{"chaininline", test_chain_inline},
	{"leaf", test_leaf},
	{"leafcalls", test_leaf},
	{"leafflat", test_leaf_flat},
	{"tail", test_tail},
	{"compute", test_compute},
	{"spawn", test_spawn},
	{"group", test_spawn},
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
	{"echolean", test_echo},
	{"fileread", test_file_read},
	{"filescan", test_file_scan},
	{"filefill", test_file_fill},
	{"filemake", test_file_make},
	{"fileload", test_file_load},
	{"filestat", test_file_stat},
	{"fileremove", test_file_remove},
};
/* clang-format on */

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
		if (!is(argc, argv, tests[i].name))
			continue;
		bench_start();
		long ops = tests[i].run(arg(argc, argv, 2, 1), arg(argc, argv, 3, 1));
		if (ops > 0)
			printf("ns %.3f\n", (cpu_ns() - started) / (double)ops);
		fprintf(stderr, "# %ld\n", bench_result);
		return ops < 0;
	}
	return BENCH_NO_TEST;
}
