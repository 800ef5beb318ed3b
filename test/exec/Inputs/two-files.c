#include "exec.h"
#include "two-files.h"

int there_calls;

async int there(int v)
{
	say("there %d", v);
	there_calls++;
	return await here(v * 2) * 10;
}

async void there_void(int v)
{
	there_calls += v;
	await nap();
	there_calls += v;
}

async struct report report_of(int count)
{
	struct report r = {.count = count};

	for (int i = 0; i < count; i++) {
		char c = await tick_char((char)('a' + i));
		r.text[i] = c;
	}
	return r;
}
