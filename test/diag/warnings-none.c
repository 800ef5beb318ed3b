// Good code is silent under strict warnings, with every compiler behind the transform.
// RUN: %asyncc -std=c11 -Wall -Wextra -Wshadow -Wconversion -Wpedantic -Wstrict-prototypes -Wmissing-prototypes -Werror -c %s -o %t.o 2>&1 | count 0
// RUN: %gcc -std=c11 -Wall -Wextra -Wshadow -Wconversion -Wpedantic -Wstrict-prototypes -Wmissing-prototypes -Werror -c %s -o %t.o 2>&1 | count 0
// RUN: %asyncc -Weverything -Wno-declaration-after-statement -Wno-unsafe-buffer-usage -Wno-padded -Wno-gnu-auto-type -Wno-pre-c11-compat -Wno-pre-c23-compat -Wno-c++-compat -Wno-language-extension-token -Wno-unknown-attributes -Wno-reserved-identifier -Wno-reserved-macro-identifier -Wno-documentation -Wno-documentation-unknown-command -Wno-cast-function-type-strict -Werror -c %s -o %t.o 2>&1 | count 0
#include <asyncc.h>

#include <string.h>

async int find(const char *text, char wanted);

static async char at(const char *text, size_t i)
{
	await async_yield();
	return text[i];
}

async int find(const char *text, char wanted)
{
	char buffer[16] = "";
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		const char c = await at(text, i);
		if (c == wanted)
			return (int)i;
		buffer[i % sizeof buffer] = c;
	}
	return buffer[0] ? -1 : -2;
}

async int main(void)
{
	async_task(int) task = async_spawn(find("text", 'x'));
	int first = await find("text", 't');

	return await async_join(task) - first - 2;
}
