import { useState } from 'react'
import { Card, saveFile } from '../components/basics.tsx'
import { Waiting } from '../components/waiting.tsx'
import { useText } from '../i18n/use-text.ts'
import { useSnapshot, useStore } from '../use-board.ts'

export function Downloads() {
  const { t } = useText()
  const { calls } = useStore()
  const snapshot = useSnapshot()
  const [isForgotten, setForgotten] = useState(false)
  if (snapshot?.election == null || snapshot.head === null) return <Waiting />
  const { host, head, election } = snapshot
  const hash = `--manifest-hash ${election.manifestHash}`
  return (
    <>
      <p className="lead">{t.downloads.lead}</p>
      <Card title={t.downloads.checkpoint}>
        <p>{t.downloads.checkpointHow}</p>
        <button
          type="button"
          onClick={() => saveFile({ name: `checkpoint-${head.size}.txt`, text: head.note })}
        >
          {t.save(t.downloads.checkpoint)}
        </button>
        <details>
          <summary>{t.ledger.text}</summary>
          <pre>{head.note}</pre>
        </details>
      </Card>
      <Card title={t.downloads.manifest}>
        <p>{t.downloads.manifestHow}</p>
        <button
          type="button"
          onClick={() => void calls.manifestNote().then((file) => file === null || saveFile(file))}
        >
          {t.save(t.downloads.manifest)}
        </button>
      </Card>
      <Card title={t.downloads.proof}>
        <p>{t.downloads.proofHow}</p>
      </Card>
      <Card title={t.downloads.verify}>
        <p>{t.downloads.verifyHow}</p>
        <Command text={`hanpyo verify ${host} ${hash}`} />
      </Card>
      <Card title={t.downloads.copy}>
        <Command text={`hanpyo copy ${host} ledger`} />
      </Card>
      <Card title={t.downloads.mirror}>
        <p>{t.downloads.mirrorHow}</p>
        <Command
          text={`hanpyo mirror init --dir mirror --name example.org/mirror\nhanpyo mirror run ${host} --dir mirror ${hash}`}
        />
      </Card>
      <Card title={t.downloads.files}>
        <ul className="plain">
          {['checkpoint', 'tile/', 'blob/'].map((path) => (
            <li key={path}>
              <code className="value">{`${host}${path}`}</code>
            </li>
          ))}
        </ul>
      </Card>
      <Card title={t.downloads.remembered}>
        <p>{t.downloads.rememberedHow}</p>
        <button type="button" onClick={() => void calls.forget().then(() => setForgotten(true))}>
          {t.downloads.forget}
        </button>
        <p role="status">{isForgotten ? t.downloads.forgotten : ''}</p>
      </Card>
    </>
  )
}

function Command({ text }: { text: string }) {
  return <pre className="command">{text}</pre>
}
