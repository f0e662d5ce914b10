"""A page in the browser: sliders for Action Units beside the photo and the 3D face that they move.

config       what can be set
choices      face models and generators to choose from
worker       the threads, and the newest request that wins
beginning    what is made before anybody asks
coarse       fewer triangles, for browsers that draw with the processor
session      one visitor's photo and what is made of it
sessions     all visitors, and their end
wishes       what a page asks for, read and checked
exports      files to download
guard        who may ask: hosts, origins, the token, the policy of the page
site         the addresses
server       the process
page/        what the browser runs; page/words.js has all its texts, page/vendor/three.js is three 0.187 (MIT)
"""
