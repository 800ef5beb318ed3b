/* What `real` runs with sqlite: tables, indices, joins, windows, a recursive query and a
 * transaction that is rolled back. Rows are read by step, so that no callback is plain. */
#include <stdio.h>

#include "sqlite3.h"

static const char *const statements[] = {
	"CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT, city TEXT, age INT)",
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
	" INSERT INTO person SELECT i, printf('p%03d', (i * 37) % 200), substr('abcdef', i % 6 + "
	"1, 1), i % 90 FROM n",
	"CREATE INDEX by_city ON person(city, age)",
	"SELECT city, count(*), sum(age), group_concat(name) FROM person WHERE age > 80 GROUP BY "
	"city ORDER BY 2 DESC, 1",
	"SELECT a.name, b.name FROM person a JOIN person b ON a.city = b.city AND a.age = b.age + "
	"84 ORDER BY 1, 2 LIMIT 9",
	"SELECT name, age, row_number() OVER (PARTITION BY city ORDER BY age DESC, name) r FROM "
	"person ORDER BY r, name LIMIT 9",
	"BEGIN",
	"DELETE FROM person WHERE city IN ('a', 'b')",
	"SELECT count(*) FROM person",
	"ROLLBACK",
	"SELECT count(*) FROM person",
	"UPDATE person SET age = age + 1 WHERE name LIKE 'p1%'",
	"SELECT total(age), avg(age), min(name), upper(max(name)) FROM person",
	"SELECT json_extract('{\"a\":[1,2,{\"b\":3}]}', '$.a[2].b'), replace('aXbX', 'X', '--'), "
	"round(2.5)",
	"SELECT * FROM nothing",
	"PRAGMA integrity_check",
};

static int run(sqlite3 *database, const char *sql)
{
	sqlite3_stmt *statement;
	int rows = 0, code = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
	if (code != SQLITE_OK) {
		printf("error: %s\n", sqlite3_errmsg(database));
		return rows;
	}
	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(statement); i++)
			printf("%s%s", i ? "|" : "",
			       (const char *)sqlite3_column_text(statement, i));
		printf("\n");
		rows++;
	}
	printf("-- %d, %d rows\n", sqlite3_finalize(statement), rows);
	return rows;
}

int main(void)
{
	sqlite3 *database;
	int rows = 0;
	if (sqlite3_open(":memory:", &database) != SQLITE_OK)
		return 1;
	for (unsigned i = 0; i < sizeof statements / sizeof *statements; i++)
		rows += run(database, statements[i]);
	printf("%d rows, %d\n", rows, sqlite3_close(database));
	return 0;
}
