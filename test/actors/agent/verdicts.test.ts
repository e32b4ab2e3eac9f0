/** How the end of a command is told. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import {
  executorEndSentence,
  tooLong,
  verdict,
  waitStatus,
} from '../../../actors/agent/verdicts.ts';
import type { CommandInfo } from '../../../actors/protocol/task.ts';

const command: CommandInfo = {
  shell: false,
  value: 'count-words',
  arguments: ['count-words'],
  environment: [],
};
const line: CommandInfo = { ...command, shell: true, value: 'count-words | sort' };

test('a command that exits with 0 has finished, unless it was to be killed', () => {
  equal(verdict({ kind: 'exited', exitCode: 0 }, false, command).state, 'finished');
  equal(verdict({ kind: 'exited', exitCode: 0 }, true, command).state, 'killed');
});

test('what took too long has failed, however it ended', () => {
  const killed = verdict({ kind: 'signalled', signal: 'SIGKILL' }, true, command);
  deepEqual(tooLong(killed, 500), {
    state: 'failed',
    reason: 'maxCompletionTimeReached',
    message:
      'Command was killed after its max completion time of 500 ms: Command terminated by signal SIGKILL',
    signal: 'SIGKILL',
  });
});

test('any other end is a failure, or a kill when one was asked for', () => {
  deepEqual(verdict({ kind: 'exited', exitCode: 3 }, false, command), {
    state: 'failed',
    message: 'Command exited with status 3',
    exitCode: 3,
  });
  equal(verdict({ kind: 'exited', exitCode: 143 }, true, command).state, 'killed');
  deepEqual(verdict({ kind: 'signalled', signal: 'SIGTERM' }, true, command), {
    state: 'killed',
    message: 'Command terminated by signal SIGTERM',
    signal: 'SIGTERM',
  });
  equal(verdict({ kind: 'signalled', signal: 'SIGSEGV' }, false, command).state, 'failed');
});

test('a program that was not found is named, with what to do', () => {
  const { message } = verdict({ kind: 'exited', exitCode: 127 }, false, command);
  match(message, /"count-words" was not found; install it/);
  match(verdict({ kind: 'exited', exitCode: 127 }, false, line).message, /shell did not find/);
});

test('a program that may not be executed is named, with what to do', () => {
  const { message } = verdict({ kind: 'exited', exitCode: 126 }, false, command);
  match(message, /"count-words" could not be executed; check its permissions/);
  match(verdict({ kind: 'exited', exitCode: 126 }, false, line).message, /could not be executed/);
});

test('what never started says why, and is killed when that was asked for first', () => {
  const end = { kind: 'notStarted', cause: 'no more processes' } as const;
  deepEqual(verdict(end, false, command), {
    state: 'failed',
    message: 'Cannot start the command: no more processes',
    reason: 'containerLaunchFailed',
  });
  const killed = verdict(end, true, command);
  deepEqual([killed.state, killed.reason], ['killed', 'taskKilledDuringLaunch']);
});

test('an end that nobody saw is a failure that says so', () => {
  const lost = verdict({ kind: 'unknown', cause: 'nobody looked' }, false, command);
  deepEqual([lost.state, lost.reason], ['failed', 'executorTerminated']);
  match(lost.message, /exit status is unknown: nobody looked/);
});

test('an executor is told of by a sentence and by a status as in a shell', () => {
  const numbers = (name: string) => (name === 'SIGKILL' ? 9 : 0);
  equal(waitStatus({ kind: 'exited', exitCode: 4 }, numbers), 4);
  equal(waitStatus({ kind: 'signalled', signal: 'SIGKILL' }, numbers), 137);
  equal(waitStatus({ kind: 'unknown', cause: '' }, numbers), 255);
  equal(executorEndSentence({ kind: 'exited', exitCode: 1 }), 'Executor exited with status 1');
});
