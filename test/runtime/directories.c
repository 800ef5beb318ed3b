/* The entries of a directory, walks in both orders, removing trees. */
// RUN: rm -rf %t.d && mkdir %t.d
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t
// RUN: %t %t.d && env ASYNC_FORCE_SUSPEND=1 %t %t.d
#define _GNU_SOURCE
#include "Inputs/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRIES 700 /* more than one buffer holds */

static void touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	CHECK(fd >= 0);
	close(fd);
}

async static void large(void)
{
	struct async_dir_entry entry;
	struct async_dir *dir;
	static char seen[ENTRIES];
	char name[64];
	int r, number;

	memset(seen, 0, sizeof seen);
	CHECK(mkdir("large", 0700) == 0);
	for (int i = 0; i < ENTRIES; i++) {
		snprintf(name, sizeof name, "large/an-entry-with-a-long-name-%d", i);
		touch(name);
	}
	CHECK(await async_dir_open("large", &dir) == 0);
	while ((r = await async_dir_next(dir, &entry)) > 0) {
		CHECK(sscanf(entry.name, "an-entry-with-a-long-name-%d", &number) == 1);
		CHECK(!seen[number]++ && entry.inode && entry.type == DT_REG);
	}
	CHECK(r == 0 && await async_dir_next(dir, &entry) == 0);
	async_dir_close(dir);
	for (int i = 0; i < ENTRIES; i++)
		CHECK(seen[i]);
	CHECK(await async_remove_tree("large") == 0 && access("large", F_OK));
	CHECK(await async_dir_open("large", &dir) == -ENOENT && !dir);
	async_dir_close(NULL);
}

static void make_tree(void)
{
	CHECK(!mkdir("tree", 0700) && !mkdir("tree/a", 0700) && !mkdir("tree/a/b", 0700));
	CHECK(!mkdir("tree/empty", 0700) && !symlink("..", "tree/a/up"));
	touch("tree/f");
	touch("tree/a/b/g");
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All that a walk reports: what each directory holds after or before it, sorted. */
async static void walk(const char *path, int flags, bool skip, char *to, size_t size)
{
	struct async_walk_entry entry;
	struct async_walk *tree;
	char *lines[32];
	int count = 0, r;

	CHECK(await async_walk_open(path, flags, &tree) == 0);
	while ((r = await async_walk_next(tree, &entry)) > 0) {
		CHECK(!entry.error && !faccessat(entry.dir, entry.name, F_OK, AT_SYMLINK_NOFOLLOW));
		CHECK(count < 32);
		CHECK(asprintf(&lines[count], "%s%s%d", entry.path,
			       entry.type == DT_DIR   ? "/"
			       : entry.type == DT_LNK ? "@"
						      : " ",
			       entry.depth) > 0);
		for (int i = 0; i < count; i++) {
			bool inner = !strncmp(lines[i], entry.path, strlen(entry.path));
			bool outer = !strncmp(lines[count], lines[i], strchr(lines[i], '/') ? strlen(lines[i]) - 1 : 0);

			CHECK(!(inner && !(flags & ASYNC_WALK_POST)));
			CHECK(!(outer && flags & ASYNC_WALK_POST && lines[i][strlen(lines[i]) - 2] == '/'));
		}
		count++;
		if (skip && !strcmp(entry.name, "a"))
			async_walk_skip(tree);
	}
	CHECK(r == 0 && await async_walk_next(tree, &entry) == 0);
	async_walk_close(tree);
	qsort(lines, (size_t)count, sizeof *lines, compare);
	*to = '\0';
	for (int i = 0; i < count; i++) {
		CHECK(strlen(to) + strlen(lines[i]) + 2 < size);
		strcat(strcat(to, lines[i]), " ");
		free(lines[i]);
	}
}

async static void walks(void)
{
	static const char all[] = "tree/a/1 tree/a/b/2 tree/a/b/g 3 tree/a/up@2 tree/empty/1 tree/f 1 ";
	struct async_walk *none;
	char found[512];

	make_tree();
	await walk("tree", 0, false, found, sizeof found);
	CHECK(!strcmp(found, all));
	await walk("tree/", 0, false, found, sizeof found);
	CHECK(!strcmp(found, all));
	await walk("tree", ASYNC_WALK_POST, false, found, sizeof found);
	CHECK(!strcmp(found, all));
	await walk("tree", 0, true, found, sizeof found);
	CHECK(!strcmp(found, "tree/a/1 tree/empty/1 tree/f 1 "));
	CHECK(await async_walk_open("tree/f", 0, &none) == -ENOTDIR && !none);
	CHECK(await async_walk_open("tree", 2, &none) == -EINVAL && !none);
	async_walk_close(NULL);
	CHECK(await async_remove_tree("tree") == 0 && access("tree", F_OK));
	touch("file");
	CHECK(await async_remove_tree("file") == 0 && await async_remove_tree("file") == -ENOENT);
}

/* A directory that is gone when the walk gets to it is passed over; one left half way leaves
 * nothing open. */
async static void changing(void)
{
	struct async_walk_entry entry;
	struct async_walk *tree;
	int count = 0, r;

	make_tree();
	CHECK(await async_walk_open("tree", 0, &tree) == 0);
	while ((r = await async_walk_next(tree, &entry)) > 0) {
		count++;
		if (!strcmp(entry.name, "a"))
			CHECK(await async_remove_tree("tree/a") == 0);
	}
	CHECK(r == 0 && count == 3);
	async_walk_close(tree);
	CHECK(await async_walk_open("tree", 0, &tree) == 0);
	CHECK(await async_walk_next(tree, &entry) == 1);
	async_walk_close(tree);
	CHECK(await async_remove_tree("tree") == 0);
}

async static int deep(void)
{
	char path[600] = "deep";

	for (int i = 0; i < 100; i++) {
		CHECK(mkdir(path, 0700) == 0);
		strcat(path, "/d");
	}
	CHECK(await async_remove_tree("deep") == 0);
	return 0;
}

async static void cancelled(void)
{
	struct async_dir_entry entry;
	struct async_walk_entry walked;
	struct async_scope scope;
	struct async_walk *tree;
	struct async_dir *dir;

	make_tree();
	CHECK(await async_dir_open("tree", &dir) == 0);
	CHECK(await async_walk_open("tree", 0, &tree) == 0);
	async_scope_open(&scope);
	async_scope_cancel(&scope, -ECANCELED);
	CHECK(await async_dir_next(dir, &entry) == -ECANCELED);
	CHECK(await async_walk_next(tree, &walked) == -ECANCELED);
	CHECK(await async_remove_tree("tree") == -ECANCELED);
	async_scope_close(&scope);
	CHECK(await async_dir_next(dir, &entry) == 1 && await async_walk_next(tree, &walked) == 1);
	async_dir_close(dir);
	async_walk_close(tree);
	CHECK(await async_remove_tree("tree") == 0);
}

async static int everything(void)
{
	await large();
	await walks();
	await changing();
	await deep();
	await cancelled();
	return 0;
}

int main(int argc, char **argv)
{
	CHECK(argc == 2 && chdir(argv[1]) == 0);
	RUN_TWICE(everything());
	CHECK(count_entries(".") == 2);
	return 0;
}
