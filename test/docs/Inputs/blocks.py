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
#define _GNU_SOURCE
#include <asyncc.h>
#include <asyncc/test.h>
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

__attribute__((unused)) async static int fetch(int ms, int value)
{
	int r = await async_sleep_ms(ms);

	return r ? r : value;
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
