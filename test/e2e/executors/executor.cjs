/**
 * A custom executor with the client of the npm package mesos-framework, as it is: what it does is what
 * executor.py does. Started with the path of the package.
 */
const { randomUUID } = require('node:crypto');
const { Executor } = require(process.argv[2]);

function update(executor, taskId, state, message) {
  const uuid = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64');
  const source = 'SOURCE_EXECUTOR';
  executor.update({ task_id: taskId, state, source, uuid, message });
}

const heard = (event) => console.log('heard', event);
const executor = new Executor({
  handlers: {
    // The client wants each handler to take one argument.
    SUBSCRIBED(_subscribed) {
      heard('SUBSCRIBED');
    },
    LAUNCH({ task }) {
      heard('LAUNCH');
      const data = Buffer.from(task.data, 'base64').toString();
      update(this, task.task_id, 'TASK_RUNNING', 'here');
      if (data === 'wait') return;
      console.log('task', task.task_id.value, 'says', data);
      // Its calls have a connection each: the second must not overtake the first.
      setTimeout(() => update(this, task.task_id, 'TASK_FINISHED', data.toUpperCase()), 200);
    },
    ACKNOWLEDGED(_acknowledged) {
      heard('ACKNOWLEDGED');
    },
    KILL({ task_id }) {
      heard('KILL');
      update(this, task_id, 'TASK_KILLED', 'killed as asked');
    },
    MESSAGE({ data }) {
      heard('MESSAGE');
      this.message([...Buffer.from(data, 'base64').toString()].reverse().join(''));
    },
    SHUTDOWN(_nothing) {
      heard('SHUTDOWN');
      console.log('shut down');
      process.exit(0);
    },
  },
});
executor.on('error', (error) => console.log('fault', error));
executor.subscribe();
