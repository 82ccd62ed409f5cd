// What an FFmpeg is made of and what it decodes to, to compare that of the packages with Debian's
// (scripts/package-test).
//   ffmpeg_facts formats        one line per decoder of pictures or sound, and per demuxer
//   ffmpeg_facts pixels FILE    one line per decoded picture: its size, format, MD5 of its planes
//   and of swscale's BGR of it
#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/md5.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <string.h>

static void print_md5(const uint8_t* bytes, size_t size) {
  uint8_t sum[16];
  av_md5_sum(sum, bytes, size);
  for (int i = 0; i < 16; ++i) printf("%02x", sum[i]);
}

static int formats(void) {
  void* state = NULL;
  const AVCodec* codec;
  while ((codec = av_codec_iterate(&state)))
    if (av_codec_is_decoder(codec) &&
        (codec->type == AVMEDIA_TYPE_VIDEO || codec->type == AVMEDIA_TYPE_AUDIO))
      printf("%s %s\n", codec->type == AVMEDIA_TYPE_VIDEO ? "pictures" : "sound",
             avcodec_get_name(codec->id));
  state = NULL;
  const AVInputFormat* format;
  while ((format = av_demuxer_iterate(&state))) printf("container %s\n", format->name);
  return 0;
}

static int print_picture(const AVFrame* frame) {
  const enum AVPixelFormat format = frame->format;
  const int size = av_image_get_buffer_size(format, frame->width, frame->height, 1);
  uint8_t* bytes = size > 0 ? av_malloc(size) : NULL;
  if (!bytes) return -1;
  av_image_copy_to_buffer(bytes, size, (const uint8_t* const*)frame->data, frame->linesize, format,
                          frame->width, frame->height, 1);
  printf("%dx%d %s ", frame->width, frame->height, av_get_pix_fmt_name(format));
  print_md5(bytes, size);
  av_free(bytes);
  uint8_t* bgr[4];
  int strides[4];
  const int bgr_size =
      av_image_alloc(bgr, strides, frame->width, frame->height, AV_PIX_FMT_BGR24, 32);
  struct SwsContext* converter =
      sws_getContext(frame->width, frame->height, format, frame->width, frame->height,
                     AV_PIX_FMT_BGR24, SWS_BICUBIC, NULL, NULL, NULL);
  if (bgr_size < 0 || !converter) return -1;
  memset(bgr[0], 0, bgr_size);
  sws_scale(converter, (const uint8_t* const*)frame->data, frame->linesize, 0, frame->height, bgr,
            strides);
  printf(" ");
  print_md5(bgr[0], bgr_size);
  printf("\n");
  sws_freeContext(converter);
  av_freep(&bgr[0]);
  return 0;
}

static int pixels(const char* path) {
  AVFormatContext* container = NULL;
  const AVCodec* codec = NULL;
  if (avformat_open_input(&container, path, NULL, NULL) < 0) return printf("cannot be opened\n"), 0;
  if (avformat_find_stream_info(container, NULL) < 0) return printf("no streams\n"), 0;
  const int stream = av_find_best_stream(container, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
  if (stream < 0) return printf("no decoder\n"), 0;
  AVCodecContext* decoder = avcodec_alloc_context3(codec);
  avcodec_parameters_to_context(decoder, container->streams[stream]->codecpar);
  decoder->thread_count = 1;
  if (avcodec_open2(decoder, codec, NULL) < 0) return printf("decoder not opened\n"), 0;
  printf("%s in %s\n", codec->name, container->iformat->name);
  AVPacket* packet = av_packet_alloc();
  AVFrame* frame = av_frame_alloc();
  for (int at_end = 0; !at_end;) {
    at_end = av_read_frame(container, packet) < 0;
    if (!at_end && packet->stream_index != stream) {
      av_packet_unref(packet);
      continue;
    }
    avcodec_send_packet(decoder, at_end ? NULL : packet);
    av_packet_unref(packet);
    while (avcodec_receive_frame(decoder, frame) >= 0)
      if (print_picture(frame) < 0) return fprintf(stderr, "out of memory\n"), 1;
  }
  av_frame_free(&frame);
  av_packet_free(&packet);
  avcodec_free_context(&decoder);
  avformat_close_input(&container);
  return 0;
}

int main(int count, char** words) {
  av_log_set_level(AV_LOG_QUIET);
  if (count == 2 && strcmp(words[1], "formats") == 0) return formats();
  if (count == 3 && strcmp(words[1], "pixels") == 0) return pixels(words[2]);
  fprintf(stderr, "usage: ffmpeg_facts formats | pixels FILE\n");
  return 2;
}
