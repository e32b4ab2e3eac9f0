/**
 * The endpoints of Mesos' masters and agents, by path. Each is also answered below the name of the
 * process (`/master/state`, `/slave(1)/state`).
 * Source: Mesos 1.11, src/master/master.cpp, src/slave/slave.cpp, src/files/files.cpp, libprocess.
 */
import { different, done, type Row, refused } from './row.ts';

const MAINTENANCE = different('GET shows that there is none; all else is answered 501');
const PROFILER = refused('of libprocess; NODE_OPTIONS=--cpu-prof or --inspect profiles a node');
const HEAP = refused('of jemalloc; NODE_OPTIONS=--inspect shows the heap of a node');
const NO_PAGES = refused('there are no pages for a browser; messor shows the same in a terminal');

type Endpoints = Readonly<Record<string, Row>>;

/** Of libprocess and of what both have. */
const OF_BOTH: Endpoints = {
  '/api/v1': done,
  '/files/browse': done,
  '/files/debug': done,
  '/files/download': done,
  '/files/read': done,
  '/flags': done,
  '/health': done,
  '/help': done,
  '/logging/toggle': done,
  '/metrics/snapshot': done,
  '/state': done,
  '/system/stats.json': done,
  '/version': different('without the date, user and commit of a build'),
  '/__processes__': done,
  '/memory-profiler/download/graph': HEAP,
  '/memory-profiler/download/raw': HEAP,
  '/memory-profiler/download/text': HEAP,
  '/memory-profiler/start': HEAP,
  '/memory-profiler/state': HEAP,
  '/memory-profiler/statistics': HEAP,
  '/memory-profiler/stop': HEAP,
  '/profiler/start': PROFILER,
  '/profiler/stop': PROFILER,
};

export const MASTER_ENDPOINTS: Endpoints = {
  ...OF_BOTH,
  '/': NO_PAGES,
  '/api/v1/scheduler': done,
  '/create-volumes': done,
  '/destroy-volumes': done,
  '/frameworks': done,
  '/hierarchical-allocator(1)/offer_constraints_debug': done,
  '/machine/down': MAINTENANCE,
  '/machine/up': MAINTENANCE,
  '/maintenance/schedule': MAINTENANCE,
  '/maintenance/status': MAINTENANCE,
  '/quota': different('also of roles below others: beyond Mesos'),
  '/redirect': done,
  '/registrar(1)/registry': done,
  '/reserve': done,
  '/roles': done,
  '/slaves': done,
  '/state-summary': done,
  '/tasks': done,
  '/teardown': done,
  '/unreserve': done,
  '/weights': done,
};

export const AGENT_ENDPOINTS: Endpoints = {
  ...OF_BOTH,
  '/api/v1/executor': done,
  '/api/v1/resource_provider': refused('comes with providers of storage'),
  '/containerizer/debug': done,
  '/containers': done,
  '/monitor/statistics': done,
};

/** What Mesos has not. */
export const BEYOND_MESOS: Readonly<Record<string, string>> = {
  '/drain/cancel': 'an agent that is draining takes tasks again',
  '/metrics': 'the numbers of /metrics/snapshot as Prometheus reads them',
  '/explain': 'why a framework gets no offers, or why a task does not run',
};
