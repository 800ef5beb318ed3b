"""blocks.py FILE.md [HEADER]: a program in which each indented block of the page is a function.

The header has what else the blocks need, and start_more(), which gets the program's argument.
"""
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
#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((unused)) async static int fetch(int ms, int value)
{
	int r = await async_sleep_ms(ms);

	return r ? r : value;
}

__attribute__((unused)) async static int count(async_generator(int) out, int n)
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

/* Lines in capitals. */
async static void shout(struct async_stream *stream, void *arg)
{
	char *line;

	(void)arg;
	while (await async_stream_read_line(stream, &line) >= 0) {
		for (char *c = line; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		await async_stream_printf(stream, "%s!\\n", line);
		if (await async_stream_flush(stream))
			break;
	}
}

/* Where it listens. */
static char shouter[8];

async static int start_shouting(void)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	int listener = await async_listen_tcp("127.0.0.1", "0", 0);

	assert(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
	snprintf(shouter, sizeof shouter, "%d", ntohs(address.sin_port));
	async_detach(async_spawn(async_serve(listener, shout, NULL)));
	return 0;
}

async static ssize_t zeroes_read(void *transport, void *buf, size_t len)
{
	(void)transport;
	memset(buf, 0, len);
	return (ssize_t)len;
}

async static int zeroes_close(void *transport)
{
	(void)transport;
	return 0;
}
""")
more = sys.argv[2] if len(sys.argv) > 2 else None
if more:
    print('#include "%s"' % more)
for number, block in enumerate(blocks):
    print("async static int block_%d(void)\n{\n%s\n\treturn 0;\n}\n" % (number, block))
print("async int main(int argc, char **argv)\n{\n\tasync_test_virtual_time();\n\tassert(await start_shouting() == 0);")
print("\tassert(argc == 2 && await start_more(argv[1]) == 0);" if more else "\t(void)argc;\n\t(void)argv;")
for number in range(len(blocks)):
    print("\tassert(await block_%d() == 0);" % number)
print("\t(void)twice;\n\t(void)request;\n\t(void)zeroes_read;\n\t(void)zeroes_close;\n\tputs(\"%d blocks\");\n\treturn 0;\n}" % len(blocks))
