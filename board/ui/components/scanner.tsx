import { decodeQR } from 'qr/decode.js'
import { frameLoop, QRCanvas, rearCamera } from 'qr/dom.js'
import { useEffect, useRef, useState } from 'react'
import { useText } from '../i18n/use-text.ts'

/** Reads a QR code with the camera, or from a photo. Pictures stay on this device. */
export function Scanner({ onFound }: { onFound: (text: string) => void }) {
  const { t } = useText()
  const video = useRef<HTMLVideoElement>(null)
  const [problem, setProblem] = useState<'denied' | 'insecure' | 'no-code' | null>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the camera is opened once
  useEffect(() => {
    const player = video.current
    if (player === null) return
    if (navigator.mediaDevices === undefined) {
      setProblem('insecure')
      return
    }
    let stop: () => void = () => undefined
    let isGone = false
    rearCamera(player).then(
      (camera) => {
        if (isGone) return camera.stop()
        const canvas = new QRCanvas()
        const look = async (): Promise<void> => {
          const text = await camera.readFrame(canvas)
          if (typeof text !== 'string' || text === '' || isGone) return
          isGone = true
          stop()
          onFound(text)
        }
        const cancel = frameLoop(() => void look())
        stop = () => {
          cancel()
          camera.stop()
        }
      },
      () => setProblem('denied'),
    )
    return () => {
      isGone = true
      stop()
    }
  }, [])

  const readPhoto = async (file: File): Promise<void> => {
    const text = await qrInPhoto(file)
    if (text === null) setProblem('no-code')
    else onFound(text)
  }

  return (
    <div className="scanner">
      <div hidden={problem === 'denied' || problem === 'insecure'}>
        <p>{t.receipt.cameraHow}</p>
        <video ref={video} autoPlay playsInline muted aria-label={t.receipt.cameraHow} />
      </div>
      <p role="status">
        {problem === 'denied' ? t.receipt.cameraDenied : null}
        {problem === 'insecure' ? t.receipt.cameraInsecure : null}
        {problem === 'no-code' ? t.receipt.photoNone : null}
      </p>
      <label className="file">
        {t.receipt.photo}
        <input
          type="file"
          accept="image/*"
          onChange={({ target }) => {
            const file = target.files?.[0]
            if (file !== undefined) void readPhoto(file)
          }}
        />
      </label>
    </div>
  )
}

/** A photo is read once, and may take its time. */
const PATIENT = { effort: Number.POSITIVE_INFINITY, timeLimit: 5_000 } as const

/** A photo of a modern phone has far more points than a code needs. */
const MOST_PIXELS = 1600

async function qrInPhoto(file: File): Promise<string | null> {
  try {
    const picture = await createImageBitmap(file)
    const scale = Math.min(1, MOST_PIXELS / Math.max(picture.width, picture.height))
    const width = Math.round(picture.width * scale)
    const height = Math.round(picture.height * scale)
    const canvas = new OffscreenCanvas(width, height)
    const context = canvas.getContext('2d')
    if (context === null) return null
    context.drawImage(picture, 0, 0, width, height)
    const text = decodeQR(context.getImageData(0, 0, width, height), PATIENT)
    return typeof text === 'string' ? text : null
  } catch {
    // No picture, or no code in it.
    return null
  }
}
