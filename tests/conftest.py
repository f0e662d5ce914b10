from au_tf import startup

startup.start_tensorflow()
