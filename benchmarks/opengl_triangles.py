"""Draws prepared vertices with OpenGL, each time a line is read: part of rendering.py, in a process of its own.

TensorFlow and Mesa bring different LLVMs, which crash in one process; so nothing of au_tf is imported here.

    python benchmarks/opengl_triangles.py VERTICES.npz PICTURES.npy

VERTICES.npz holds vertices float32[B, V, 6], mm before the camera and linear RGB; triangles int32[T, 3]; size, samples
(a side of each pixel), focal, near and far. PICTURES.npy, float32[B, size, size, 4], is written once. The first line
printed is the name of the driver, then one a round: seconds by the clock and of processor time.
"""

import sys
import time

import moderngl
import numpy as np

from au_tf.arrays import Array, Float32

DRAW = {
    "vertex_shader": """
#version 330
uniform float scale, near, far;
in vec3 position, colour;
out vec3 shade;
void main() {
    float depth = ((far + near) * -position.z - 2.0 * far * near) / (far - near);
    gl_Position = vec4(scale * position.xy, depth, -position.z);
    shade = colour;
}""",
    "fragment_shader": """
#version 330
in vec3 shade;
out vec4 pixel;
void main() { pixel = vec4(shade, 1.0); }""",
}
AVERAGE = {
    "vertex_shader": """
#version 330
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }""",
    "fragment_shader": """
#version 330
uniform sampler2D fine;
uniform int samples;
out vec4 pixel;
void main() {
    pixel = vec4(0.0);
    ivec2 corner = samples * ivec2(gl_FragCoord.xy);
    for (int i = 0; i < samples * samples; i++) pixel += texelFetch(fine, corner + ivec2(i % samples, i / samples), 0);
    pixel /= float(samples * samples);
}""",
}


class Drawer:
    """A context with everything that stays."""

    def __init__(self, task: dict[str, Array]) -> None:
        self.gl = moderngl.create_standalone_context(backend="egl")
        self.vertices = self.gl.buffer(reserve=task["vertices"][0].nbytes, dynamic=True)
        draw, average = self.gl.program(**DRAW), self.gl.program(**AVERAGE)
        corners = self.gl.buffer(task["triangles"].tobytes())
        self.mesh = self.gl.vertex_array(draw, [(self.vertices, "3f 3f", "position", "colour")], corners)
        self.square = self.gl.vertex_array(average, [])
        self.size, samples = int(task["size"]), int(task["samples"])
        self.fine = self.gl.texture((self.size * samples, self.size * samples), 4, dtype="f4")
        self.drawn = self.gl.framebuffer([self.fine], self.gl.depth_renderbuffer(self.fine.size))
        self.small = self.gl.framebuffer([self.gl.renderbuffer((self.size, self.size), 4, dtype="f4")])
        draw["scale"], draw["near"], draw["far"] = 2 * task["focal"] / self.size, task["near"], task["far"]
        average["samples"] = samples

    def pixels(self, vertices: Float32) -> Float32:
        """Linear RGB multiplied by coverage, and coverage, float32[size, size, 4], of vertices float32[V, 6]."""
        self.vertices.write(vertices)
        self.drawn.use()
        self.gl.enable_only(self.gl.DEPTH_TEST)
        self.drawn.clear()
        self.mesh.render()
        self.small.use()
        self.gl.enable_only(self.gl.NOTHING)
        self.fine.use(0)
        self.square.render(self.gl.TRIANGLES, 3)
        read = np.frombuffer(self.small.read(components=4, dtype="f4"), np.float32)
        return read.reshape(self.size, self.size, 4)[::-1]


def main() -> None:
    """Draws whenever it is asked."""
    with np.load(sys.argv[1]) as file:
        task = dict(file)
    drawer = Drawer(task)
    np.save(sys.argv[2], np.stack([drawer.pixels(vertices) for vertices in task["vertices"]]))
    print(drawer.gl.info["GL_RENDERER"], flush=True)
    for _ in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        for vertices in task["vertices"]:
            drawer.pixels(vertices)
        print(time.perf_counter() - wall, time.process_time() - processor, flush=True)


if __name__ == "__main__":
    main()
