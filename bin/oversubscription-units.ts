/** `--resource-estimator` and `--qos-controller`: what an agent offers a second time, and takes back. */
import {
  type Controller,
  type Estimator,
  fixedEstimator,
  loadController,
  loadEstimator,
} from '../actors/agent/oversubscription/policies.ts';
import { type FlagUnit, FlagValueFault } from './flag-units.ts';
import { resources } from './resource-units.ts';

const ESTIMATORS = 'it is fixed:RESOURCES, such as fixed:cpus:2, or load';
const CONTROLLERS = 'it is load:FIVE or load:FIVE,FIFTEEN, averages of the load, such as load:6,4';

export const estimator: FlagUnit<Estimator> = {
  placeholder: 'ESTIMATOR',
  read(value) {
    if (value === 'load') return loadEstimator();
    if (!value.startsWith('fixed:')) throw new FlagValueFault(ESTIMATORS);
    return fixedEstimator(resources.read(value.slice('fixed:'.length)));
  },
};

export const controller: FlagUnit<Controller> = {
  placeholder: 'CONTROLLER',
  read(value) {
    const [, five, fifteen] = /^load:(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?$/.exec(value) ?? [];
    if (five === undefined) throw new FlagValueFault(CONTROLLERS);
    const fifteenMinutes = fifteen === undefined ? {} : { fifteenMinutes: Number(fifteen) };
    return loadController({ fiveMinutes: Number(five), ...fifteenMinutes });
  },
};
