"""Speaks an episode with espeak-ng, measures every cue, and writes the mp3 with ffmpeg."""

from __future__ import annotations

import array
import subprocess
import wave
from io import BytesIO
from pathlib import Path

from script import Cue, Episode

SAMPLE_RATE = 22050  # what espeak-ng gives
AUDIO_ARGS = ["-ar", "16000", "-ac", "1", "-b:a", "16k"]  # speech stays clear, an episode stays under 600 kB
WORDS_PER_MINUTE = 172
SILENCE_LEVEL = 48  # of 32,768: quieter samples at a cue's ends are no speech
LEAD_SECONDS = 0.4
PAUSE_IN_SENTENCE, PAUSE_IN_TURN, PAUSE_AT_TURN, PAUSE_AT_BREAK = 0.08, 0.25, 0.45, 0.9  # seconds
TAIL_SECONDS = 1.0


def speak(cue: Cue) -> array.array[int]:
    """The cue's speech as 16-bit samples, cut where the sound begins and ends."""
    args = ["espeak-ng", "-v", cue.speaker.voice, "-p", str(cue.speaker.pitch), "-s", str(WORDS_PER_MINUTE), "--stdout"]
    wav = subprocess.run([*args, cue.text], check=True, capture_output=True).stdout
    with wave.open(BytesIO(wav)) as sound:
        if sound.getframerate() != SAMPLE_RATE:
            raise SystemExit(f"espeak-ng gave {sound.getframerate()} samples a second for {cue.speaker.voice}")
        samples = array.array("h", sound.readframes(len(wav)))  # the header of a stream states no true length
    loud = [i for i, sample in enumerate(samples) if abs(sample) > SILENCE_LEVEL]
    return samples[loud[0] : loud[-1] + 1]


def pause_before(previous: Cue, cue: Cue) -> float:
    if cue.chapter or cue.is_sponsor != previous.is_sponsor:
        return PAUSE_AT_BREAK
    if cue.speaker != previous.speaker:
        return PAUSE_AT_TURN
    return PAUSE_IN_TURN if previous.text[-1] in ".?!" else PAUSE_IN_SENTENCE


def silence(seconds: float) -> array.array[int]:
    return array.array("h", bytes(2 * round(seconds * SAMPLE_RATE)))


def record(episode: Episode, mp3: Path) -> None:
    """Speaks every cue, sets its times, and writes the mp3."""
    track = silence(LEAD_SECONDS)
    for i, cue in enumerate(episode.cues):
        if i:
            track += silence(pause_before(episode.cues[i - 1], cue))
        cue.start = round(len(track) / SAMPLE_RATE, 3)
        track += speak(cue)
        cue.end = round(len(track) / SAMPLE_RATE, 3)
    track += silence(TAIL_SECONDS)
    episode.seconds = len(track) / SAMPLE_RATE
    source = ["-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "-"]
    tags = ["-map_metadata", "-1", "-metadata", f"title={episode.title}", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    command = ["ffmpeg", "-v", "error", "-y", *source, *AUDIO_ARGS, *tags, str(mp3)]
    subprocess.run(command, check=True, input=track.tobytes())
    episode.mp3_bytes = mp3.stat().st_size
