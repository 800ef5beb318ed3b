"""blocks.py FILE.md [HEADER]: a program in which each indented block of the page is a function that
main calls, or definitions for the blocks that follow. Messages and coverage name the page's lines.

The header has what else the blocks need, and start_more(), which gets the program's argument.
"""
import os
import sys

import page

path = os.path.abspath(sys.argv[1])
blocks = page.blocks(page.read(path))
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
functions = []
for first, block in blocks:
    if page.defines(block):
        print('#line %d "%s"\n%s\n' % (first, path, block))
        continue
    functions.append("block_%d" % first)
    print('#line %d "%s"\nasync static int %s(void) {\n%s\n\treturn 0;\n}\n'
          % (first - 1, path, functions[-1], block))
print('#line 1 "main.c"')
print("async int main(int argc, char **argv)\n{\n\tasync_test_virtual_time();\n\tassert(await start_shouting() == 0);")
print("\tassert(argc == 2 && await start_more(argv[1]) == 0);" if more else "\t(void)argc;\n\t(void)argv;")
for name in functions:
    print("\tassert(await %s() == 0);" % name)
print("\t(void)zeroes_read;\n\t(void)zeroes_close;\n\tputs(\"%d blocks\");\n\treturn 0;\n}" % len(blocks))
