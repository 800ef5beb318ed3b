/* The transform, loaded when it is needed: most calls only run the compiler. */
#include "wrapper.h"
#include "asyncc_transform.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

void *module_symbol(const struct tools *tools, const char *name)
{
	static void *module;
	if (!module)
		module = dlopen(tools->transform, RTLD_NOW | RTLD_LOCAL);
	void *symbol = module ? dlsym(module, name) : NULL;
	if (!symbol)
		fatal("%s", dlerror());
	return symbol;
}

bool module_knows(const struct tools *tools, const char *symbol, const char *what, const char *name)
{
	const char *const *names = module_symbol(tools, symbol);
	for (size_t i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	FILE *out = strcmp(name, "help") == 0 ? stdout : stderr;
	if (out == stderr)
		fprintf(out, "asyncc: error: there is no %s '%s'; there are:\n", what, name);
	for (size_t i = 0; names[i]; i++)
		fprintf(out, "%s\n", names[i]);
	return false;
}
