"""blocks.py FILE.md: a program in which each indented block of the page is a function."""
import re
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
blocks, lines = [], []
for line in text.split("\n") + ["end"]:
    if line.startswith("    ") or (lines and not line):
        lines.append(line[4:])
    elif lines:
        blocks.append("\n".join(lines).rstrip())
        lines = []
print("""#undef NDEBUG
#include <asyncc.h>
#include <asyncc/test.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>

async static int fetch(int ms, int value)
{
	int r = await async_sleep_ms(ms);

	return r ? r : value;
}

async static int count(async_generator(int) out, int n)
{
	int error = 0;

	for (int i = 0; i < n && !error; i++)
		error = await async_generator_yield(out, i);
	return error;
}

static int twice(int *n)
{
	return *n * 2;
}

static async_local(int) request = {0};
""")
for number, block in enumerate(blocks):
    print("async static int block_%d(void)\n{\n%s\n\treturn 0;\n}\n" % (number, block))
print("async int main(void)\n{\n\tasync_test_virtual_time();")
for number in range(len(blocks)):
    print("\tassert(await block_%d() == 0);" % number)
print("\t(void)twice;\n\t(void)request;\n\tputs(\"%d blocks\");\n\treturn 0;\n}" % len(blocks))
