/** Lets the masters and agents of a simulated cluster answer HTTP, by the routes of their real nodes. */
import { agentApi } from '../../actors/agent/api/agent-api.ts';
import { masterApi } from '../../actors/master/api/master-api.ts';
import type { AgentLife, MasterLife } from '../kit/cluster.ts';
import { askingRoutes } from '../kit/http-routes.ts';
import { openHttpWire } from '../kit/http-wire.ts';

export function openMasterDoor({ system, mastership }: MasterLife): void {
  const api = masterApi({ version: '0.0.0' });
  api.open({ system, mastership });
  openHttpWire({ system, ask: askingRoutes(api.routes, ['master']) });
}

export function openAgentDoor({ system, agent }: AgentLife): void {
  const api = agentApi({ version: '0.0.0', workDirectory: '/work-directory' });
  api.open({ system, agent });
  openHttpWire({ system, ask: askingRoutes(api.routes, ['slave(1)']) });
}
