/* Any other C compiler: it preprocesses each file itself; a file with async code is
 * then checked by clang, transformed, and compiled from the C that comes out. Other
 * files go to the compiler as they are.
 *
 *     gcc -c -O2 -MD f.c -o f.o   becomes
 *     gcc -E -O2 -MD -MF f.d -MQ f.o f.c -o 1.i
 *     clang -fplugin=asyncc.so -fsyntax-only f.c     (says all warnings and errors)
 *     gcc -c -O2 -w -x cpp-output 2.i -o f.o         (2.i: 1.i transformed)
 */
#include "wrapper.h"
#include "asyncc_transform.h"
#include "wrapper_text.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct unit {
	const struct input *input;
	const char *original; /* standard input, copied; otherwise NULL */
	const char *preprocessed;
	char *text;
	size_t size;
	bool has_async;
	const char *object; /* when the program is linked from it */
};

static bool matches(const char *arg, const char *const *prefixes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (starts_with(arg, prefixes[i]))
			return true;
	return false;
}

#define MATCHES(arg, list) matches((arg), (list), sizeof(list) / sizeof *(list))

static bool is_input(const struct command *command, size_t arg)
{
	for (size_t i = 0; i < command->input_count; i++)
		if (command->inputs[i].arg == arg)
			return true;
	return false;
}

enum purpose { FOR_PREPROCESSOR, FOR_PREPROCESSOR_AGAIN, FOR_CHECK, FOR_TRANSFORM, FOR_COMPILER };

static bool is_language_option(const char *arg)
{
	static const char *const prefixes[] = {
		"-std=",        "-ansi",       "-m32",          "-m64",           "-mx32",
		"-march=",      "-mcpu=",      "-msse",         "-mavx",          "-mlong-double",
		"-mfloat-abi=", "-mfpu=",      "-mabi=",        "-mms-bitfields", "-fsigned-",
		"-fno-signed-", "-funsigned-", "-fno-unsigned", "-fshort-",       "-fno-short-",
		"-fms-ext",     "-fgnu89-",    "-fpack-struct", "-fno-builtin",   "-ffreestanding",
		"-fhosted",     "-fopenmp",    "-fdollars-in-", "-fno-dollars",   "-fexceptions",
		"-fasm",        "-fno-asm",    "-fcommon",      "-fno-common",    "--target=",
	};
	return MATCHES(arg, prefixes);
}

static bool is_check_option(const char *arg)
{
	static const char *const prefixes[] = {
		"-I",
		"-D",
		"-U",
		"-include",
		"-imacros",
		"-isystem",
		"-iquote",
		"-idirafter",
		"-isysroot",
		"--sysroot",
		"-nostdinc",
		"-pedantic",
		"-W",
		"-w",
		"-O",
		"-pthread",
		"-trigraphs",
		"-fdiagnostics-color",
		"-fno-diagnostics-",
	};
	static const char *const others[] = {"-Wl,", "-Wa,", "-Wp,"};
	return (MATCHES(arg, prefixes) && !MATCHES(arg, others)) || is_language_option(arg);
}

static bool is_dependency_option(const char *arg)
{
	static const char *const prefixes[] = {"-MD", "-MMD", "-MF", "-MT",
					       "-MQ", "-MP",  "-MG", "-Wp,-M"};
	return MATCHES(arg, prefixes);
}

static bool wanted(const char *arg, enum purpose purpose)
{
	static const char *const not_preprocessing[] = {"-c", "-S", "-g", "-save-temps"};
	static const char *const not_compiling[] = {"-include", "-imacros"};
	switch (purpose) {
	case FOR_PREPROCESSOR:
		return !MATCHES(arg, not_preprocessing);
	case FOR_PREPROCESSOR_AGAIN:
		return !MATCHES(arg, not_preprocessing) && !is_dependency_option(arg);
	case FOR_CHECK:
		return is_check_option(arg);
	case FOR_TRANSFORM:
		return is_language_option(arg);
	default:
		return !is_dependency_option(arg) && !MATCHES(arg, not_compiling);
	}
}

/* The options of the command that the purpose needs, without -o, -x and the files. */
static void add_options(struct words *line, const struct command *command, enum purpose purpose)
{
	for (size_t i = 0; i < command->args.len; i++) {
		const char *arg = command->args.at[i];
		bool value = option_values(arg) && i + 1 < command->args.len;
		if (is_input(command, i) || strcmp(arg, "--") == 0)
			continue;
		if (!starts_with(arg, "-o") && !starts_with(arg, "-x") &&
		    strcmp(arg, "--output") != 0 && wanted(arg, purpose)) {
			words_add(line, arg);
			if (value)
				words_add(line, command->args.at[i + 1]);
		}
		i += value;
	}
}

static const char *replace_suffix(const char *path, const char *suffix)
{
	const char *dot = strrchr(base_name(path), '.');
	int len = dot ? (int)(dot - path) : (int)strlen(path);
	return formatted("%.*s%s", len, path, suffix);
}

/* Where the compiler by itself would put what it makes of an input. */
static const char *output_for(const struct command *command, const struct input *input)
{
	if (command->output && command->stage != STAGE_LINK)
		return command->output;
	const char *name = strcmp(input->path, "-") == 0 ? "-" : base_name(input->path);
	return replace_suffix(name, command->stage == STAGE_ASSEMBLY ? ".s" : ".o");
}

static const char *dependency_path(const struct command *command, const struct input *input)
{
	if (command->dependency_file)
		return command->dependency_file;
	return replace_suffix(output_for(command, input), ".d");
}

/* As Make reads the name of a file. */
static const char *escaped(const char *path)
{
	char *text = formatted("%s%s", path, path), *out = text;
	for (; *path; path++) {
		if (*path == ' ' || *path == '#')
			*out++ = '\\';
		if (*path == '$')
			*out++ = '$';
		*out++ = *path;
	}
	*out = '\0';
	return text;
}

static size_t end_of_rule(const char *text)
{
	size_t end = strcspn(text, "\n");
	while (text[end] && end > 0 && text[end - 1] == '\\')
		end += 1 + strcspn(text + end + 1, "\n");
	return end;
}

/* The compiler does not read the budget, but whether there is an object depends on it. */
static void add_budget_dependency(const struct command *command, const struct input *input)
{
	const char *path = dependency_path(command, input);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size, end;
	if (fd < 0)
		return;
	char *text = read_file(fd, &size);
	close(fd);
	end = end_of_rule(text);
	text = formatted("%.*s \\\n %s%s", (int)end, text, escaped(command->frame_budget),
			 text + end);
	write_file(path, text, strlen(text));
}

static void add_dependencies(struct words *line, const struct command *command,
			     const struct input *input)
{
	if (!command->dependencies)
		return;
	const char *output = output_for(command, input);
	if (!command->dependency_file) {
		words_add(line, "-MF");
		words_add(line, dependency_path(command, input));
	}
	if (!command->dependency_target) {
		words_add(line, "-MQ");
		words_add(line, output);
	}
}

/* Without these types, of which gcc has more than clang, in the C library's headers. */
static void hide_float_types(struct words *line)
{
	static const char *const none[] = {
		"FLOAT16",
		"FLOAT32",
		"FLOAT64",
		"FLOAT32X",
		"FLOAT64X",
		"FLOAT128",
		"FLOAT128X",
		"DISTINCT_FLOAT16",
		"DISTINCT_FLOAT32",
		"DISTINCT_FLOAT64",
		"DISTINCT_FLOAT32X",
		"DISTINCT_FLOAT64X",
		"DISTINCT_FLOAT128",
		"DISTINCT_FLOAT128X",
		"FLOAT64X_LONG_DOUBLE",
		"FLOATN_NOT_TYPEDEF",
		"FLOAT128_UNLIKE_LDBL",
	};
	words_add(line, "-D_BITS_FLOATN_H");
	words_add(line, "-D_BITS_FLOATN_COMMON_H");
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		words_add(line, formatted("-D__HAVE_%s=0", none[i]));
}

static int input_fd(const struct unit *unit)
{
	return unit->original ? open(unit->original, O_RDONLY | O_CLOEXEC) : -1;
}

static void load_text(struct unit *unit, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fatal("cannot read %s", path);
	unit->text = read_file(fd, &unit->size);
	close(fd);
}

static int preprocess(const struct tools *tools, const struct command *command, struct unit *unit,
		      bool again)
{
	struct words line = {0};
	words_add_all(&line, &tools->cc);
	add_headers(&line, tools, command);
	if (again)
		hide_float_types(&line);
	add_options(&line, command, again ? FOR_PREPROCESSOR_AGAIN : FOR_PREPROCESSOR);
	if (!again)
		add_dependencies(&line, command, unit->input);
	words_add(&line, "-E");
	words_add(&line, "-w");
	words_add(&line, "-o");
	words_add(&line, unit->preprocessed);
	words_add(&line, "-x");
	words_add(&line, "c");
	words_add(&line, unit->input->path);
	int status = process_run(&line, input_fd(unit));
	if (status == 0)
		load_text(unit, unit->preprocessed);
	return status;
}

static const char *copy_standard_input(void)
{
	size_t size;
	const char *text = read_file(STDIN_FILENO, &size), *path = temporary(".c");
	write_file(path, text, size);
	return path;
}

/* The compiler's own messages about a file that it cannot preprocess come first. */
static int load(const struct tools *tools, const struct command *command, struct unit *unit)
{
	int status = 0;
	if (strcmp(unit->input->path, "-") == 0)
		unit->original = copy_standard_input();
	if (unit->input->language == LANG_CPP_OUTPUT) {
		load_text(unit, unit->original ? unit->original : unit->input->path);
	} else {
		unit->preprocessed = temporary(".i");
		status = preprocess(tools, command, unit, false);
	}
	if (status != 0)
		return status;
	unit->has_async = text_has_keyword(unit->text, unit->size);
	if (unit->has_async && unit->preprocessed && strstr(unit->text, "_Float"))
		status = preprocess(tools, command, unit, true);
	text_blank_gcc(unit->text, unit->size);
	return status;
}

/* Text that the compiler preprocessed earlier is for the compiler; clang reads a copy. */
static const char *checked_path(const struct unit *unit)
{
	if (unit->input->language == LANG_C)
		return unit->input->path;
	const char *path = temporary(".i");
	write_file(path, unit->text, unit->size);
	return path;
}

static int check(const struct tools *tools, const struct command *command, const struct unit *unit)
{
	struct words line = clang_checker(tools);
	add_headers(&line, tools, command);
	words_add(&line, "-Wno-unknown-warning-option");
	words_add(&line, "-Wno-unknown-attributes");
	clang_add_settings(&line, command);
	add_options(&line, command, FOR_CHECK);
	words_add(&line, "-x");
	words_add(&line, unit->input->language == LANG_C ? "c" : "cpp-output");
	words_add(&line, checked_path(unit));
	return process_run(&line, input_fd(unit));
}

static void print_diagnostics(const struct asyncc_result *result)
{
	static const char *const names[] = {"note", "warning", "error"};
	for (size_t i = 0; i < result->diagnostic_count; i++) {
		const struct asyncc_diagnostic *d = &result->diagnostics[i];
		fprintf(stderr, "%s:%u: %s: %s\n", d->file ? d->file : "asyncc", d->line,
			names[d->severity], d->message);
	}
}

/* gcc's <stdatomic.h> applies its generic builtins to _Atomic objects, which clang does
 * not allow. For their types, which is all that libclang is asked for, plain
 * operators do. */
static void add_atomics(struct words *args)
{
	static const char *const atomics[] = {
		"-D__atomic_load(p,r,o)=((void)(*(r)=*(p)))",
		"-D__atomic_store(p,v,o)=((void)(*(p)=*(v)))",
		"-D__atomic_exchange(p,v,r,o)=((void)(*(r)=*(p),*(p)=*(v)))",
		"-D__atomic_compare_exchange(p,e,d,w,s,f)=((_Bool)(*(p)=*(e)=*(d),1))",
		"-D__atomic_fetch_add(p,v,o)=(*(p)+=(v))",
		"-D__atomic_fetch_sub(p,v,o)=(*(p)-=(v))",
		"-D__atomic_fetch_and(p,v,o)=(*(p)&=(v))",
		"-D__atomic_fetch_or(p,v,o)=(*(p)|=(v))",
		"-D__atomic_fetch_xor(p,v,o)=(*(p)^=(v))",
		"-D__atomic_test_and_set(p,o)=((_Bool)(*(_Bool *)(p)))",
		"-D__atomic_clear(p,o)=((void)(*(_Bool *)(p)))",
	};
	for (size_t i = 0; i < sizeof atomics / sizeof *atomics; i++)
		words_add(args, atomics[i]);
}

/* The text becomes the transformed one. clang has found the file good; what fails
 * here is something that only this compiler's headers have. */
static bool transform(const struct tools *tools, const struct command *command, struct unit *unit)
{
	__typeof__(&asyncc_transform) run;
	struct words args = {0};
	*(void **)&run = module_symbol(tools, "asyncc_transform");
	add_options(&args, command, FOR_TRANSFORM);
	words_add(&args, "-Wno-everything");
	if (strstr(unit->text, "__atomic_"))
		add_atomics(&args);
	static const char *const no_warnings[] = {"no-async"};
	struct asyncc_options options = {
		.warnings = no_warnings,
		.warning_count = 1,
		.file = strcmp(unit->input->path, "-") == 0 ? "<stdin>" : unit->input->path,
		.args = args.at,
		.arg_count = args.len,
	};
	struct asyncc_result result = run(unit->text, unit->size, &options);
	if (result.failed) {
		print_diagnostics(&result);
		fprintf(stderr, "asyncc: error: %s as preprocessed by %s cannot be transformed\n",
			unit->input->path, tools->cc.at[tools->cc.len - 1]);
		return false;
	}
	if (result.changed) {
		unit->text = result.text;
		unit->size = result.size;
		text_blank_pragmas(unit->text, unit->size);
	}
	return true;
}

static int compile_text(const struct tools *tools, const struct command *command,
			const struct unit *unit)
{
	const char *path = temporary(".i");
	struct words line = {0};
	write_file(path, unit->text, unit->size);
	words_add_all(&line, &tools->cc);
	add_options(&line, command, FOR_COMPILER);
	if (unit->object)
		words_add(&line, "-c");
	if (command->stage != STAGE_CHECK) {
		words_add(&line, "-o");
		words_add(&line, unit->object ? unit->object : output_for(command, unit->input));
	}
	words_add(&line, "-w");
	words_add(&line, "-x");
	words_add(&line, "cpp-output");
	words_add(&line, path);
	return process_run(&line, -1);
}

static int compile_async(const struct tools *tools, const struct command *command,
			 struct unit *unit)
{
	int status = check(tools, command, unit);
	if (status != 0)
		return status;
	if (command->frame_budget && command->dependencies)
		add_budget_dependency(command, unit->input);
	if (!transform(tools, command, unit))
		return 1;
	if (command->stage == STAGE_LINK)
		unit->object = temporary(".o");
	return compile_text(tools, command, unit);
}

/* A file without async among others that have it. */
static int compile_alone(const struct tools *tools, const struct command *command,
			 const struct unit *unit)
{
	struct words line = {0};
	words_add_all(&line, &tools->cc);
	add_headers(&line, tools, command);
	for (size_t i = 0; i < command->args.len; i++)
		if (i == unit->input->arg || !is_input(command, i))
			words_add(&line, command->args.at[i]);
	return process_run(&line, input_fd(unit));
}

static const struct unit *unit_at(const struct unit *units, size_t count, size_t arg)
{
	for (size_t i = 0; i < count; i++)
		if (units[i].input->arg == arg && units[i].object)
			return &units[i];
	return NULL;
}

/* The whole command, objects in the place of the files that were transformed. */
static int finish(const struct tools *tools, const struct command *command,
		  const struct unit *units, size_t count)
{
	struct words line = {0};
	const char *language = "none";
	words_add_all(&line, &tools->cc);
	add_headers(&line, tools, command);
	for (size_t i = 0; i < command->args.len; i++) {
		const struct unit *unit = unit_at(units, count, i);
		const char *arg = command->args.at[i];
		if (strcmp(arg, "-x") == 0 && i + 1 < command->args.len)
			language = command->args.at[i + 1];
		else if (starts_with(arg, "-x") && arg[2] && !is_input(command, i))
			language = arg + 2;
		if (!unit) {
			words_add(&line, arg);
			continue;
		}
		words_add(&line, "-x");
		words_add(&line, "none");
		words_add(&line, unit->object);
		words_add(&line, "-x");
		words_add(&line, language);
	}
	add_runtime(&line, tools, command);
	return process_run(&line, count == 1 && !units[0].has_async ? input_fd(&units[0]) : -1);
}

static _Noreturn void run_untouched(const struct tools *tools, const struct command *command)
{
	struct words line = {0};
	words_add_all(&line, &tools->cc);
	if (command->input_count > 0)
		add_headers(&line, tools, command);
	if (command->stage == STAGE_PREPROCESS)
		hide_float_types(&line);
	words_add_all(&line, &command->given);
	add_runtime(&line, tools, command);
	process_replace(&line);
}

static int run_units(const struct tools *tools, const struct command *command, struct unit *units,
		     size_t count)
{
	bool any = false;
	int failed = 0, status;
	for (size_t i = 0; i < count; i++) {
		if ((status = load(tools, command, &units[i])) != 0)
			return status;
		any |= units[i].has_async;
	}
	for (size_t i = 0; any && i < count; i++) {
		status = 0;
		if (units[i].has_async)
			status = compile_async(tools, command, &units[i]);
		else if (command->stage != STAGE_LINK)
			status = compile_alone(tools, command, &units[i]);
		if (status != 0)
			failed = status;
	}
	if (failed || (any && command->stage != STAGE_LINK))
		return failed;
	return finish(tools, command, units, count);
}

int plain_run(const struct tools *tools, const struct command *command)
{
	size_t count = 0;
	struct unit *units = NULL;
	if (command->stage == STAGE_PREPROCESS || command->dry_run)
		run_untouched(tools, command);
	for (size_t i = 0; i < command->input_count; i++) {
		enum language language = command->inputs[i].language;
		if (language != LANG_C && language != LANG_CPP_OUTPUT)
			continue;
		units = memory_grow(units, (count + 1) * sizeof *units);
		units[count++] = (struct unit){.input = &command->inputs[i]};
	}
	if (count == 0)
		run_untouched(tools, command);
	return run_units(tools, command, units, count);
}

int clang_print(const struct tools *tools, const struct command *command)
{
	struct words line = clang_checker(tools);
	add_headers(&line, tools, command);
	if (command->emit_c)
		words_add(&line, "-fplugin-arg-asyncc-emit-c");
	if (command->dump)
		words_add(&line, formatted("-fplugin-arg-asyncc-dump=%s", command->dump));
	if (command->report)
		words_add(&line, formatted("-fplugin-arg-asyncc-report=%s", command->report));
	clang_add_settings(&line, command);
	add_options(&line, command, FOR_CHECK);
	for (size_t i = 0; i < command->input_count; i++) {
		const struct input *input = &command->inputs[i];
		words_add(&line, "-x");
		words_add(&line, input->language == LANG_CPP_OUTPUT ? "cpp-output" : "c");
		words_add(&line, input->path);
	}
	if (command->output && !freopen(command->output, "w", stdout))
		fatal("cannot write %s", command->output);
	process_replace(&line);
}
