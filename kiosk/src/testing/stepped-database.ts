import type { Database } from '@hanpyo/platform/sqlite.ts'

/**
 * A database that says what it is about to do: each write by its SQL, `before COMMIT`, `after COMMIT`, and `before` and
 * `after` whatever `exec` runs.
 */
export function steppedDatabase(database: Database, onStep: (step: string) => void): Database {
  return {
    exec(sql) {
      onStep(`before ${sql}`)
      database.exec(sql)
      onStep(`after ${sql}`)
    },
    prepare(sql) {
      const statement = database.prepare(sql)
      return {
        ...statement,
        run(...parameters) {
          onStep(sql)
          return statement.run(...parameters)
        },
      }
    },
    transaction(work) {
      const value = database.transaction(() => {
        const done = work()
        onStep('before COMMIT')
        return done
      })
      onStep('after COMMIT')
      return value
    },
    backup: (path) => database.backup(path),
    close: () => database.close(),
  }
}
