/* Runs the transform over files of preprocessed C: the driver of the fuzz tests.
 *
 *     transform_files [-t] [-w] [-O OPTION]... FILE...
 *
 *     -t         print seconds and the size of the result for each file
 *     -w         write what FILE was changed to into FILE.out.c
 *     -s N       end with a core dump when one file takes longer than N seconds
 *     -O OPTION  for libclang, such as -std=gnu2x (any number of times)
 *
 * The exit status is 0 whatever the transform says of the files. What is looked for are
 * crashes, hangs and leaks, which the sanitizers and the alarm report; and a result that
 * contradicts itself, which ends the program.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "asyncc_transform.h"

enum { MAX_OPTIONS = 64 };

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The text has no NUL behind it, so that the sanitizers see each byte read too many. */
static char *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	if (!file || fseek(file, 0, SEEK_END) != 0) {
		perror(path);
		exit(2);
	}
	*size = (size_t)ftell(file);
	rewind(file);
	char *text = malloc(*size ? *size : 1);
	if (!text || fread(text, 1, *size, file) != *size) {
		perror(path);
		exit(2);
	}
	fclose(file);
	return text;
}

static void expect(bool holds, const char *path, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s: %s\n", path, what);
	abort();
}

static void check(const char *path, const struct asyncc_result *result)
{
	bool has_error = false;
	for (size_t i = 0; i < result->diagnostic_count; i++) {
		const struct asyncc_diagnostic *at = &result->diagnostics[i];
		has_error |= at->severity == ASYNCC_ERROR && !at->promoted;
		expect(at->message && *at->message, path, "an empty message");
	}
	expect(result->failed == has_error, path, "failed is not whether there was an error");
	expect(!result->changed || result->failed || result->text, path, "no text and no error");
	expect(!result->text || !result->text[result->size], path, "no NUL behind the text");
}

static void write_result(const char *path, const struct asyncc_result *result)
{
	char name[PATH_MAX];
	snprintf(name, sizeof name, "%s.out.c", path);
	FILE *file = fopen(name, "wb");
	if (!file || fwrite(result->text, 1, result->size, file) != result->size || fclose(file) != 0) {
		perror(name);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	const char *args[MAX_OPTIONS];
	struct asyncc_options options = {.args = args};
	bool times = false, writes = false;
	unsigned limit = 0;
	for (int option; (option = getopt(argc, argv, "twO:s:")) != -1;) {
		if (option == 'O' && options.arg_count < MAX_OPTIONS)
			args[options.arg_count++] = optarg;
		else if (option == 's')
			limit = (unsigned)atoi(optarg);
		else if (option == 't')
			times = true;
		else if (option == 'w')
			writes = true;
		else
			return 2;
	}
	for (int i = optind; i < argc; i++) {
		size_t size;
		char *text = read_file(argv[i], &size);
		double start = now();
		alarm(limit);
		options.file = argv[i];
		struct asyncc_result result = asyncc_transform(text, size, &options);
		alarm(0);
		check(argv[i], &result);
		if (times)
			printf("%s: %.3f s, %zu bytes, %zu messages\n", argv[i], now() - start,
			       result.size, result.diagnostic_count);
		if (writes && result.text)
			write_result(argv[i], &result);
		asyncc_result_free(&result);
		free(text);
	}
	return 0;
}
