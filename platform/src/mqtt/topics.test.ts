import { expect, test } from 'vitest'
import { filterCovers, topicMatches } from './topics.ts'

test.each([
  ['a/+/up', 'a/7/up', true],
  ['a/+/up', 'a/7/down', false],
  ['a/#', 'a', true],
  ['a/#', 'a/b/c', true],
  ['#', '$SYS/broker', false],
  ['+', '', true],
  ['a/b', 'a/b/c', false],
  ['a/b/c', 'a/b', false],
  ['$share/bridge/a/+', 'a/b', true],
])('the filter %s matches the topic %s: %s', (filter, topic, expected) => {
  expect(topicMatches(filter, topic)).toBe(expected)
})

test.each([
  ['a/7/down', 'a/7/down', true],
  ['a/7/down', 'a/+/down', false],
  ['a/7/down', 'a/7/#', false],
  ['a/#', 'a/+/x', true],
  ['#', '$SYS/#', false],
  ['a/+', '$share/g/a/b', true],
])('the rule %s covers the subscription %s: %s', (rule, filter, expected) => {
  expect(filterCovers(rule, filter)).toBe(expected)
})
