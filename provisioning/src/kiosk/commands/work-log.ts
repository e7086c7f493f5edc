import type { Command } from '@hanpyo/platform/command.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { err } from '@hanpyo/protocol/result.ts'
import { provisionCommand, type Session } from '../../frame/command.ts'
import type { Ports } from '../../frame/ports.ts'
import { verifyWorkLog } from '../../frame/work-log.ts'
import { technicianKeys } from './report.ts'

/** `provision work-log verify`. */
export function workLogCommands(ports: () => Ports): readonly Command[] {
  return [
    provisionCommand({
      name: 'provision work-log verify',
      summary: 'Check chain and signatures of the work log of a device.',
      usage: [
        'hanpyo provision work-log verify --dir DIR [--technician-certificates DIR]',
        '',
        "Needs the election that the device is loaded with: its device authority signs technicians' certificates. Changes nothing.",
        '',
        '  --technician-certificates DIR   folder of *.note (the desk has them in devices/technicians); --technician counts too',
        '',
        'Exit codes: 0 every line follows the one before and is signed by whom it names, or says that nobody signed it; 16 it does not.',
      ].join('\n'),
      options: { 'technician-certificates': { type: 'string' } },
      ports,
      body: verify,
    }),
  ]
}

async function verify(session: Session): Promise<number> {
  const { files, folder } = session.ctx
  const bytes = await files.read(folder.workLog)
  if (bytes === null) session.must(err('work-log-broken', `${folder.workLog} is missing`))
  const keyOf = await technicianKeys(session)
  const { lines, unsigned } = session.must(verifyWorkLog(bytes ?? new Uint8Array(), nobleEd25519, keyOf))
  const text = `작업 기록 ${lines}줄이 이어지고 서명이 맞습니다 / work log intact: ${lines} lines, ${unsigned} of them signed by nobody`
  session.report.fact({ workLog: 'intact', lines, unsigned }, text)
  session.report.summary({ command: 'provision work-log verify', exitCode: 0 })
  return 0
}
