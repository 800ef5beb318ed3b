/* Finds the compiler to use and the parts of asyncc, relative to the executable, so
 * that the build tree and any moved prefix work alike. */
#include "wrapper.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *existing(char *path)
{
	return access(path, R_OK) == 0 ? path : NULL;
}

/* The file that a command name stands for, links resolved; NULL when there is none. */
static const char *program_path(const char *name)
{
	if (strchr(name, '/'))
		return realpath(name, NULL);
	const char *at = getenv("PATH");
	while (at && *at) {
		size_t len = strcspn(at, ":");
		char *path = formatted("%.*s/%s", (int)len, at, name);
		if (len && access(path, X_OK) == 0)
			return realpath(path, NULL);
		at += len + (at[len] == ':');
	}
	return NULL;
}

static void split(struct words *words, const char *text)
{
	for (;;) {
		text += strspn(text, " \t");
		size_t len = strcspn(text, " \t");
		if (!len)
			return;
		words_add(words, formatted("%.*s", (int)len, text));
		text += len;
	}
}

/* "19" from clang-19, llvm-19 and the like. */
static char *number_after(const char *text, const char *prefix)
{
	for (const char *at = text; (at = strstr(at, prefix)) != NULL; at++) {
		const char *number = at + strlen(prefix);
		size_t digits = strspn(number, "0123456789");
		if (digits)
			return formatted("%.*s", (int)digits, number);
	}
	return NULL;
}

/* The major version of a clang; NULL when the command is another compiler. */
static char *clang_version(const struct words *cc)
{
	const char *name = cc->at[cc->len - 1], *path = program_path(name);
	if (!strstr(base_name(name), "clang") && (!path || !strstr(base_name(path), "clang")))
		return NULL;
	char *version = number_after(base_name(name), "clang-");
	if (!version && path)
		version = number_after(path, "clang-");
	if (!version && path)
		version = number_after(path, "llvm-");
	if (version)
		return version;
	struct words line = {0};
	words_add_all(&line, cc);
	words_add(&line, "-dumpversion");
	version = process_output(&line);
	version[strspn(version, "0123456789")] = '\0';
	return version;
}

static const char *default_clang(void)
{
	return program_path("clang-" ASYNCC_LLVM_DEFAULT) ? "clang-" ASYNCC_LLVM_DEFAULT
							  : ASYNCC_CLANG_DEFAULT;
}

static struct words compiler_command(const char *cc)
{
	struct words words = {0};
	if (!cc)
		cc = getenv("ASYNCC_CC");
	if (!cc || !*cc)
		cc = default_clang();
	if (access(cc, X_OK) == 0)
		words_add(&words, cc);
	else
		split(&words, cc);
	if (words.len == 0)
		fatal("no compiler is given");
	return words;
}

static void refuse_itself(const struct words *cc, const char *self)
{
	for (size_t i = 0; i < cc->len; i++) {
		const char *path = program_path(cc->at[i]);
		if (path && strcmp(path, self) == 0)
			fatal("asyncc cannot be its own compiler");
	}
}

static char *self_path(void)
{
	char *path = realpath("/proc/self/exe", NULL);
	if (!path)
		fatal("cannot find the path of this program");
	return path;
}

static char *prefix_of(const char *self)
{
	char *prefix = formatted("%s", self);
	for (int i = 0; i < 2; i++) {
		char *slash = strrchr(prefix, '/');
		if (slash)
			*slash = '\0';
	}
	return prefix;
}

struct tools tools_find(const char *cc)
{
	char *self = self_path(), *prefix = prefix_of(self);
	struct tools tools = {.cc = compiler_command(cc), .clang = default_clang()};
	refuse_itself(&tools.cc, self);
	tools.lib_dir = formatted("%s/" ASYNCC_LIBDIR, prefix);
	if (strcmp(prefix, "/usr") != 0)
		tools.include_dir = formatted("%s/" ASYNCC_INCLUDEDIR, prefix);
	tools.default_plugin =
		formatted("%s/asyncc/asyncc-" ASYNCC_LLVM_DEFAULT ".so", tools.lib_dir);
	tools.transform =
		formatted("%s/asyncc/transform-" ASYNCC_LLVM_DEFAULT ".so", tools.lib_dir);
	tools.llvm = clang_version(&tools.cc);
	if (tools.llvm)
		tools.plugin =
			existing(formatted("%s/asyncc/asyncc-%s.so", tools.lib_dir, tools.llvm));
	return tools;
}
