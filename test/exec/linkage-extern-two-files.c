// Async functions called across two files, both ways.
// RUN: %exec %s
// WITH: two-files.c
#include "exec.h"
#include "Inputs/two-files.h"

async int here(int v)
{
	say("here %d", v);
	return await tick(v) + 1;
}

async int main(void)
{
	say("%d", await there(4));
	struct report r = await report_of(3);
	say("%d %s", r.count, r.text);
	await there_void(9);
	say("%d", there_calls);
	return 0;
}
