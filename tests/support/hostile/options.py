"""Options of ffmpeg that several specimens are made with."""

VP8 = ("-c:v", "libvpx", "-b:v", "2M", "-deadline", "realtime")
VP9 = ("-c:v", "libvpx-vp9", "-b:v", "2M", "-deadline", "realtime", "-cpu-used", "8")
H264 = ("-c:v", "libx264", "-preset", "ultrafast")
DNXHR = ("-c:v", "dnxhd", "-profile:v", "dnxhr_hq", "-pix_fmt", "yuv422p", "-r", "25")
TONE = ("-f", "lavfi", "-i", "sine=duration=4.5")
FASTSTART = ("-movflags", "+faststart")
FRAGMENTS = ("-movflags", "+frag_keyframe+empty_moov", "-g", "10")
